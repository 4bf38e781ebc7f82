import { CONSOLE_HEADER } from '../../../protocol/console.js';
import { GatherError } from '../../api/gather-error.js';
import type { PlainRequest, RequestPort } from '../../api/request-port.js';
import { isTokenRefused } from '../../api/token-refused.js';
import type { RequestWatch } from './connection-watch.js';

/** What is told of the requests that pass. */
export interface PortWatcher {
  /** A request goes out. @returns what is told how it ended */
  readonly onRequest: () => RequestWatch;
  /** The session of the browser is good no more. */
  readonly onSessionEnded: () => void;
  /** The password was made for one login, and has to be changed first. */
  readonly onPasswordChangeNeeded: () => void;
  /** Something is not permitted: it may have been when the page was made. */
  readonly onPermissionMissing: () => void;
}

/** A port that tells how its requests fare. */
export function watchPort(port: RequestPort, watcher: PortWatcher): RequestPort {
  return {
    server: port.server,
    request: async (request) => {
      const watch = watcher.onRequest();
      try {
        const answer = await port.request(request);
        watch.onAnswer();
        return answer;
      } catch (error) {
        if (error instanceof GatherError) {
          if (error.status === undefined) watch.onSilence();
          else watch.onAnswer();
          tell(watcher, request, error);
        }
        throw error;
      }
    },
    [Symbol.dispose]: () => {
      port[Symbol.dispose]();
    },
  };
}

function tell(watcher: PortWatcher, { headers }: PlainRequest, error: GatherError): void {
  if (error.problem?.code === 'account.password_change_needed') watcher.onPasswordChangeNeeded();
  else if (error.problem?.code === 'permission.missing') watcher.onPermissionMissing();
  else if (CONSOLE_HEADER in headers && isTokenRefused(error)) watcher.onSessionEnded();
}

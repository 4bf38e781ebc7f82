import type { GatherAnswer, MessageType } from '../../protocol/gather-messages.js';
import { GatherError } from './gather-error.js';
import { RequestSender, type RequestSenderOptions } from './requests/request-sender.js';

/** What a server says of itself at `GET /readyz`. */
interface Readiness {
  /** False where it answers but cannot take messages now. */
  readonly isReady: boolean;
  /** The HTTP status of the answer. */
  readonly status: number;
}

/** An answer to AUTHENTICATE that let the user in. */
type AuthenticateAnswer = GatherAnswer & { readonly token: string };

/**
 * Everything that a client asks of a gatherd, one function a request. Each rejects with a GatherError.
 * Dispose of it to close its connections.
 */
export interface GatherApi extends Disposable {
  /** Makes the user known at this endpoint: 201 for a new one, 202 for one that is known. */
  identify(username: string, invite?: string): Promise<GatherAnswer>;
  /** Proves who the user is; the first password that a user ever gives becomes the user's. */
  authenticate(username: string, password: string): Promise<AuthenticateAnswer>;
  /** Sends messages, at least one: all of them are stored, or none. Whatever they hold is data. */
  sendMessages(token: string, messages: readonly string[]): Promise<GatherAnswer>;
  /** Sends one line as the original's client did: an empty one and `logout` end the session (202), others are data. */
  sendLine(token: string, line: string): Promise<GatherAnswer>;
  /** Ends the session that the token is for. */
  logout(token: string): Promise<GatherAnswer>;
  /**
   * Asks once whether the server can take messages; one without `/readyz` can. Rejects where it refuses to say so, for want of a
   * client certificate for example.
   */
  readiness(): Promise<Readiness>;
}

/** Makes the requests of contract 1 against one server. */
export function createGatherApi(options: RequestSenderOptions): GatherApi {
  const sender = new RequestSender(options);
  const post = (path: string, type: MessageType, fields: Readonly<Record<string, unknown>>) =>
    sender.post(path, { message_type: type, ...fields });
  const message = (token: string, data: string | readonly string[]) =>
    post('/message', 'MESSAGE', { token, message: data });
  return {
    identify: (username, invite) =>
      post('/identify', 'IDENTIFY', { username, ...(invite === undefined ? {} : { invite }) }),
    authenticate: async (username, password) =>
      withToken(await post('/authenticate', 'AUTHENTICATE', { username, password })),
    sendMessages: message,
    sendLine: message,
    logout: (token) => message(token, 'logout'),
    readiness: async () => {
      const status = await sender.get('/readyz', (code) => code >= 300 && code < 500 && !isUnknown(code));
      return { isReady: status < 300 || isUnknown(status), status };
    },
    [Symbol.dispose]: () => {
      sender[Symbol.dispose]();
    },
  };
}

// So a server answers that does not have the path.
function isUnknown(status: number): boolean {
  return status === 404 || status === 405;
}

function withToken(answer: GatherAnswer): AuthenticateAnswer {
  const { token } = answer;
  if (token !== undefined && token !== '') return { ...answer, token };
  throw new GatherError(
    'unknown_outcome',
    `The server let the user in without a token: ${answer.status_message}`,
    {
      status: answer.status_code,
    },
  );
}

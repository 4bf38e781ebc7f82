import { overview, type Overview, type OverviewRange } from '../../../protocol/overview.js';
import { JsonRequests } from '../accounts/json-requests.js';
import type { Credential } from '../credential.js';
import { queryPath } from '../query-page.js';
import type { RequestPort } from '../request-port.js';

/** What is asked about a server as a whole. Rejects with a GatherError, whose `problem.code` says what is wrong. */
export interface OverviewApi extends Disposable {
  /** What was stored lately, who is connected, and how the dump stands; by `messages:read`. */
  overview(credential: Credential, range: OverviewRange): Promise<Overview>;
}

/** Makes the requests about one server as a whole. */
export function createOverviewApi(port: RequestPort): OverviewApi {
  const requests = new JsonRequests(port);
  return {
    overview: (credential, range) =>
      requests.ask(overview, { method: 'get', path: queryPath('/v1/overview', { range }), credential }),
    [Symbol.dispose]: () => {
      requests[Symbol.dispose]();
    },
  };
}

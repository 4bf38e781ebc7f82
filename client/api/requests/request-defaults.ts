import type { CreateAxiosDefaults } from 'axios';
import type { ConnectionAgents } from './connection-agents.js';

/** An answer is a few hundred bytes; whatever is longer comes from something else. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** How every request to a server is made. Times are in milliseconds. */
export function requestDefaults(
  options: { readonly server: string; readonly userAgent: string; readonly answerTimeoutMs: number },
  agents: ConnectionAgents,
): CreateAxiosDefaults {
  return {
    baseURL: options.server,
    timeout: options.answerTimeoutMs,
    transitional: { clarifyTimeoutError: true },
    httpAgent: agents.http,
    httpsAgent: agents.https,
    // A proxy from the environment would see the passwords, and a 503 of its own would not mean "not taken".
    proxy: false,
    // A redirect would carry the password elsewhere; and axios keeps a copy of each body for it.
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    decompress: false,
    responseType: 'text',
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    headers: {
      common: {
        Accept: 'application/json',
        'Accept-Encoding': 'identity',
        'User-Agent': options.userAgent,
      },
      post: { 'Content-Type': 'application/json' },
    },
  };
}

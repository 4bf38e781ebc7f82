import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** Response headers by name. */
export type Headers = Readonly<Record<string, string>>;

/**
 * What answers that are data have in their head: a browser is to guess nothing, run nothing and show them in no frame, as
 * OWASP's REST Security Cheat Sheet has it. What only matters to pages is left out, since each header of an answer costs.
 */
export const DATA_HEADERS: Headers = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** The headers that helmet sets, for all that Express serves. They are the same for every answer: computed once. */
export function securityHeaders(): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  // No Strict-Transport-Security: it would bind the other ports of the host, too, which on localhost are not ours. A proxy may say it.
  helmet({ strictTransportSecurity: false })(response.req, response, () => undefined);
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const),
  );
}

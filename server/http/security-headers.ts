import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** Response headers by name. */
export type Headers = Readonly<Record<string, string>>;

/**
 * The headers that helmet sets. They are the same for every answer, so they are computed once, and the requests that
 * do not pass through Express have them too.
 */
export function securityHeaders(): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  // Without TLS a browser ignores Strict-Transport-Security; with it, that is the proxy's to say.
  helmet({ strictTransportSecurity: false })(response.req, response, () => undefined);
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const),
  );
}

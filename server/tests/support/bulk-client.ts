import { GatherClient, type Reply } from './gather-client.js';

/** What a bulk request may have beside its body. */
export interface BulkOptions {
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The number of the first message of a producer's stream. */
  readonly producer?: { readonly id: string; readonly first: number };
}

/** The headers of a bulk request. */
export function bulkHeaders(token: string, options: BulkOptions = {}): Record<string, string> {
  const { type = 'application/x-ndjson', producer, headers } = options;
  return {
    Authorization: `Bearer ${token}`,
    'Content-Type': type,
    ...(producer === undefined
      ? {}
      : { 'Gather-Producer': producer.id, 'Gather-Sequence': String(producer.first) }),
    ...headers,
  };
}

/** Sends a body as a whole to `POST /v1/messages`. */
export async function sendBulk(
  server: { readonly port: number },
  token: string,
  body: string | Uint8Array,
  options: BulkOptions = {},
): Promise<Reply> {
  using client = new GatherClient(server);
  return await client.send('/v1/messages', body, { headers: bulkHeaders(token, options) });
}

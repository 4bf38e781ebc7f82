import type { IncomingMessage } from 'node:http';

const MAX_CHARACTERS = 200;

/** What a client says it is, in printable ASCII and no longer than is worth keeping; empty where it says nothing. */
export function clientNameOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  return (headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, MAX_CHARACTERS);
}

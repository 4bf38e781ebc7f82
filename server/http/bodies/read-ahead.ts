import type { IncomingMessage } from 'node:http';

const BODIES = new WeakMap<IncomingMessage, Buffer>();

/** Keeps a body that was read before whoever asks for it, who cannot read it again. */
export function keepBody(request: IncomingMessage, body: Buffer): void {
  BODIES.set(request, body);
}

/** The body of a request that was read already. */
export function keptBody(request: IncomingMessage): Buffer | undefined {
  return BODIES.get(request);
}

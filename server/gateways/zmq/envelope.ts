/** A request as it came over a ROUTER socket. */
export interface ZmqRequest {
  /** Which connection it came by. */
  readonly peer: string;
  /** What stands before the body, and has to stand before the reply. */
  readonly envelope: readonly Buffer[];
  /** Undefined where it came in several frames. */
  readonly body: Buffer | undefined;
}

/** The peer, as many routers in between as anybody has, and the delimiter. */
const MAX_ENVELOPE_FRAMES = 16;

/**
 * Reads a message of a ROUTER socket as a REP socket would (RFC 28 of ZeroMQ): all frames up to the first empty one are the
 * envelope. What has none, or no body, cannot be answered, and is undefined.
 */
export function openEnvelope(frames: readonly Buffer[]): ZmqRequest | undefined {
  const [peer] = frames;
  // The first frame is the socket's own name of the connection.
  const delimiter = frames.slice(1, MAX_ENVELOPE_FRAMES).findIndex((frame) => frame.length === 0) + 1;
  if (peer === undefined || delimiter === 0 || frames.length < delimiter + 2) return undefined;
  return {
    peer: peer.toString('latin1'),
    envelope: frames.slice(0, delimiter + 1),
    body: frames.length === delimiter + 2 ? frames[delimiter + 1] : undefined,
  };
}

/**
 * A reading that is taken once for everybody who asks within a time. Whoever asks while it is being taken waits for the same one; one
 * that failed is taken anew.
 *
 * @param ms - how long it is good, from when it was taken
 * @param now - a clock that never goes back
 */
export function keptFor<Value>(
  ms: number,
  now: () => number,
  read: () => Promise<Value>,
): () => Promise<Value> {
  let kept: Promise<Value> | undefined;
  let until = 0;
  async function take(): Promise<Value> {
    try {
      const value = await read();
      until = now() + ms;
      return value;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  }
  return () => {
    if (kept !== undefined && now() < until) return kept;
    until = Number.POSITIVE_INFINITY;
    kept = take();
    return kept;
  };
}

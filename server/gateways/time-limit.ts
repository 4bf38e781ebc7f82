/** What stands for a result that did not come in time. */
export const TOO_LATE = Symbol('too late');

/** A result, or {@link TOO_LATE} where it takes longer. What is under way goes on, and its failure is nobody's. */
export async function within<Result>(ms: number, work: Promise<Result>): Promise<Result | typeof TOO_LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof TOO_LATE>((resolve) => {
    timer = setTimeout(() => {
      resolve(TOO_LATE);
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Something that one can wait for, again and again: open or shut, until it is shut for good. */
export class Gate {
  #isOpen = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  /** Lets through who waits, and who comes. */
  open(): void {
    this.#isOpen = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Lets nobody through any more, until it is opened. */
  shut(): void {
    this.#isOpen = false;
  }

  /** Will never be opened again: who waits, and who comes, is told why. */
  fail(error: unknown): void {
    this.#isOpen = false;
    this.#failure ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Resolves when it is open; rejects where it will not be any more. */
  async pass(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#isOpen) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}

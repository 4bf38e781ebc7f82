import type { OutgoingHttpHeader } from 'node:http';

/** An answer as it can be given again. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, OutgoingHttpHeader>>;
  readonly body: Buffer;
}

/** What is remembered of answers at the most. */
export interface AnswerLimits {
  readonly keptForMs: number;
  readonly answers: number;
  /** Of one asker. */
  readonly answersOfOne: number;
  readonly bytes: number;
}

/** A request that was the first with its key. */
export interface FirstRequest {
  readonly asker: string;
  /** Of what is asked: its asker, what it asks for, and its key. */
  readonly id: string;
  /** What its body is, in short. */
  readonly fingerprint: string;
}

/** A request whose answer is under way, or remembered. */
export interface RememberedRequest {
  readonly fingerprint: string;
  readonly answer: Promise<WholeAnswer>;
}

interface Kept extends FirstRequest {
  readonly bytes: number;
  readonly timer: NodeJS.Timeout;
}

/** What an answer takes beside its body. */
const ANSWER_BYTES = 2 * 1024;
const TOO_MANY_REQUESTS = 429;

/**
 * The answers of requests that may be sent again, in memory. What is under way is always known; of what was answered the oldest
 * goes first, and none stays longer than its time, since it may hold a secret.
 */
export class RememberedAnswers {
  readonly #limits: AnswerLimits;
  readonly #requests = new Map<string, RememberedRequest>();
  // The oldest first, as in those of each asker.
  readonly #kept = new Set<Kept>();
  readonly #keptOf = new Map<string, Set<Kept>>();
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /** How many bytes are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The request that was the first with this id. */
  find(id: string): RememberedRequest | undefined {
    return this.#requests.get(id);
  }

  /** Begins a request. @returns what is told of its answer */
  begin(first: FirstRequest): (answer: WholeAnswer) => void {
    let tell: (answer: WholeAnswer) => void = () => undefined;
    const answer = new Promise<WholeAnswer>((resolve) => {
      tell = resolve;
    });
    this.#requests.set(first.id, { fingerprint: first.fingerprint, answer });
    return (whole) => {
      tell(whole);
      const bytes = whole.body.length + ANSWER_BYTES;
      // Those of others would have to go for a long one.
      if (maySucceedLater(whole) || bytes > this.#limits.bytes / 2) this.#requests.delete(first.id);
      else this.#keep(first, bytes);
    };
  }

  #keep(first: FirstRequest, bytes: number): void {
    const timer = setTimeout(() => {
      this.#forget(kept);
    }, this.#limits.keptForMs).unref();
    const kept: Kept = { ...first, bytes, timer };
    const own = this.#keptOf.get(first.asker) ?? new Set();
    this.#keptOf.set(first.asker, own.add(kept));
    this.#kept.add(kept);
    this.#bytes += kept.bytes;
    if (own.size > this.#limits.answersOfOne) this.#forgetOldest(own);
    while (this.#kept.size > this.#limits.answers || this.#bytes > this.#limits.bytes)
      this.#forgetOldest(this.#kept);
  }

  #forgetOldest(of: ReadonlySet<Kept>): void {
    const [oldest] = of;
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(kept: Kept): void {
    clearTimeout(kept.timer);
    this.#kept.delete(kept);
    this.#requests.delete(kept.id);
    this.#bytes -= kept.bytes;
    const own = this.#keptOf.get(kept.asker);
    own?.delete(kept);
    if (own?.size === 0) this.#keptOf.delete(kept.asker);
  }
}

// Nothing was done, or nobody knows; who asks again wants it to be tried again.
function maySucceedLater({ status }: WholeAnswer): boolean {
  return status === TOO_MANY_REQUESTS || status >= 500;
}

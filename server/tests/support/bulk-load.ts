import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { BulkUpload, type Acknowledged } from './bulk-client.js';
import type { Ledger, LedgerEntry, LedgerSender } from './ledger.js';
import { NASTY, type Credentials } from './load.js';
import { PATIENCE_MS } from './patience.js';

/** How a sender of streams sends. */
export interface BulkSenderOptions {
  /** Whether its messages are numbered, and sent again until they are acknowledged. */
  readonly isNumbered?: boolean;
  readonly isGzipped?: boolean;
}

interface Sent {
  readonly entry: LedgerEntry;
  readonly line: string;
}

const MOST_MESSAGES_A_REQUEST = 3000;
const MOST_LINES_AT_ONCE = 60;

/**
 * One sender of streams of lines, request after request, over the life of several servers. Each message is an entry of the
 * ledger, and its outcome is what the acknowledgements said.
 */
export class BulkSender {
  readonly #credentials: Credentials;
  readonly #sender: LedgerSender;
  readonly #producer: string | undefined;
  readonly #isGzipped: boolean;
  // What is not acknowledged; of a numbered sender also from before.
  #pending: Sent[] = [];
  #sentCount = 0;

  constructor(credentials: Credentials, ledger: Ledger, options: BulkSenderOptions = {}) {
    this.#credentials = credentials;
    this.#sender = ledger.newSender(credentials.user);
    this.#producer = options.isNumbered === true ? randomUUID() : undefined;
    this.#isGzipped = options.isGzipped === true;
  }

  /** Whether nothing waits to be sent again. */
  get isDone(): boolean {
    return this.#producer === undefined || this.#pending.length === 0;
  }

  /**
   * Sends one request.
   *
   * @param newMessages - how many messages beside those that are sent again
   * @param isStopped - asked now and then whether the request has to end
   * @returns why nothing more can be sent: the problem, or `gone`; undefined where all went well
   */
  async send(
    server: { readonly port: number },
    newMessages: number,
    onAcknowledged: (count: number) => void,
    isStopped: () => boolean,
  ): Promise<string | undefined> {
    if (this.#producer === undefined) this.#pending = [];
    const first = this.#sentCount - this.#pending.length + 1;
    const producer = this.#producer === undefined ? {} : { producer: { id: this.#producer, first } };
    const headers = this.#isGzipped ? { headers: { 'Content-Encoding': 'gzip' } } : {};
    using upload = new BulkUpload(server, this.#credentials.token, { ...producer, ...headers });
    const reading = this.#read(upload, onAcknowledged);
    await this.#write(upload, newMessages, isStopped);
    return await reading;
  }

  async #write(upload: BulkUpload, newMessages: number, isStopped: () => boolean): Promise<void> {
    const again = this.#pending.map(({ line }) => line).join('');
    if (this.#isGzipped) {
      upload.end(gzipSync(again + this.#newLines(newMessages)));
      return;
    }
    await upload.write(again);
    for (let left = newMessages; left > 0 && upload.failure === undefined && !isStopped();) {
      const count = Math.min(left, 1 + Math.floor(Math.random() * MOST_LINES_AT_ONCE));
      left -= count;
      await upload.write(this.#newLines(count));
    }
    upload.end();
  }

  #newLines(count: number): string {
    const sent = Array.from({ length: count }, () => this.#newMessage());
    this.#pending.push(...sent);
    return sent.map(({ line }) => line).join('');
  }

  #newMessage(): Sent {
    const text = NASTY[Math.floor(Math.random() * NASTY.length)] ?? '';
    const { entry, messages } = this.#sender.begin([text]);
    this.#sentCount += 1;
    const topic = entry.number % 3 === 0 ? { topic: 'app' } : {};
    return { entry, line: `${JSON.stringify({ message: messages[0], ...topic })}\n` };
  }

  async #read(upload: BulkUpload, onAcknowledged: (count: number) => void): Promise<string | undefined> {
    let acknowledged = 0;
    try {
      for (;;) {
        const line = await upload.nextLine();
        if (line === undefined) return 'gone';
        const count = storedBy(line) - acknowledged;
        acknowledged += count;
        for (const { entry } of this.#pending.splice(0, count)) entry.outcome = 'acknowledged';
        onAcknowledged(count);
        if (line.code !== undefined) {
          this.#noteRefused();
          return line.code;
        }
        if (line.done === true) return undefined;
      }
    } catch {
      return 'gone';
    }
  }

  // Whatever is behind what was stored has not been stored, and is sent again only with numbers.
  #noteRefused(): void {
    if (this.#producer !== undefined) return;
    for (const { entry } of this.#pending) entry.outcome = 'rejected';
  }
}

/** Senders that send stream after stream to one server until they are stopped or it is gone. */
export class BulkLoad implements AsyncDisposable {
  /** Every problem that a stream ended with. */
  readonly problems = new Set<string>();
  readonly #running: Promise<void>[];
  readonly #goals: { goal: number; reached: () => void }[] = [];
  #acknowledged = 0;
  #isStopped = false;

  constructor(server: { readonly port: number }, senders: readonly BulkSender[]) {
    this.#running = senders.map((sender) => this.#run(server, sender));
  }

  /** Waits until so many more messages have been acknowledged; goes on in the very moment of the last one. */
  acknowledged(count: number): Promise<void> {
    const goal = this.#acknowledged + count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`Not within ${String(PATIENCE_MS)} ms: ${String(goal)} acknowledged messages`));
      }, PATIENCE_MS);
      const reached = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#goals.push({ goal, reached });
    });
  }

  /** Ends the streams, and resolves when each sender has its answer or knows that none comes. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(server: { readonly port: number }, sender: BulkSender): Promise<void> {
    while (!this.#isStopped) {
      const count = 1 + Math.floor(Math.random() * MOST_MESSAGES_A_REQUEST);
      const onAcknowledged = (stored: number) => {
        this.#note(stored);
      };
      const problem = await sender.send(server, count, onAcknowledged, () => this.#isStopped);
      if (problem === 'gone') return;
      if (problem !== undefined) this.problems.add(problem);
    }
  }

  #note(count: number): void {
    this.#acknowledged += count;
    for (const { goal, reached } of this.#goals) if (goal <= this.#acknowledged) reached();
  }
}

/** Sends again what is not acknowledged, until it is. */
export async function settle(
  server: { readonly port: number },
  senders: readonly BulkSender[],
): Promise<void> {
  for (const sender of senders)
    while (!sender.isDone)
      await sender.send(
        server,
        0,
        () => undefined,
        () => false,
      );
}

function storedBy({ accepted, duplicates }: Acknowledged): number {
  return accepted + duplicates;
}

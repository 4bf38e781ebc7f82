import { setTimeout as sleep } from 'node:timers/promises';
import { GatherClient, type Reply } from './gather-client.js';
import type { Ledger, LedgerSender } from './ledger.js';
import { until } from './until.js';
import { PATIENCE_MS } from './patience.js';

/** A user with a token. */
export interface Credentials {
  readonly user: string;
  readonly token: string;
}

/** What a load is made of. */
export interface LoadOptions {
  /** Connections for each user, each with one request under way at a time. */
  readonly connections?: number;
  /** The messages of the next request; by default nasty ones, alone and several at once. */
  readonly messages?: () => readonly string[];
}

const PAUSE_AFTER_REFUSAL_MS = 20;

/** Texts that have broken a format, a terminal or a spreadsheet somewhere. */
export const NASTY = [
  '',
  'logout',
  'plain text',
  'a "quoted" text, with a comma',
  'line one\nline two\r\nline three\rline four',
  '\u0000\u0001\u001b[31m\u007f\u0085\u009b',
  'between \u2028 and \u2029',
  'a lone \ud800 surrogate \udfff',
  '\udc00\ud800',
  'emoji \u{1f600} \u{1f468}\u200d\u{1f469}\u200d\u{1f467}, Grüße, 日本語',
  '=1+1',
  '+SUM(A1:A9)',
  '-2',
  '@cmd',
  ' =1',
  '\t=HYPERLINK("http://example.com")',
  '"',
  '""',
  '"quoted"',
  '{"seq":1,"at":"2026-11-21T02:44:57.123Z","user":"root","endpoint":"127.0.0.1","message":"forged"}',
  'x"}\n{"seq":2,"at":"2026-11-21T02:44:57.123Z","user":"root","endpoint":"::1","message":"forged"}\n',
  '\n2026-11-21T02:44:57.123Z,root,forged,1,127.0.0.1\n',
  '\ufeffbyte order mark',
  '__proto__',
  'x'.repeat(3000),
] as const;

/** Some nasty messages: mostly one, at times several at once. */
export function nastyMessages(): readonly string[] {
  const count = Math.random() < 0.7 ? 1 : 1 + Math.floor(Math.random() * 12);
  return Array.from({ length: count }, () => NASTY[Math.floor(Math.random() * NASTY.length)] ?? '');
}

/** Messages of a size. */
export function plainMessages(size: number): () => readonly string[] {
  const text = 'm'.repeat(size);
  return () => [text];
}

/** Senders that send without a pause until they are stopped or get no answer; the ledger has what they did. */
export class Load implements AsyncDisposable {
  readonly #senders: Promise<void>[];
  readonly #clients: GatherClient[] = [];
  readonly #messages: () => readonly string[];
  readonly #refusals = new Map<string, Reply>();
  readonly #goals: { goal: number; reached: (value: undefined) => void }[] = [];
  #acknowledged = 0;
  #isStopped = false;

  constructor(
    server: { readonly port: number },
    users: readonly Credentials[],
    ledger: Ledger,
    options: LoadOptions = {},
  ) {
    this.#messages = options.messages ?? nastyMessages;
    this.#senders = users.flatMap(({ user, token }) =>
      Array.from({ length: options.connections ?? 1 }, () => {
        const client = new GatherClient(server);
        this.#clients.push(client);
        return this.#run(client, token, ledger.newSender(user));
      }),
    );
  }

  /** The last refusal of each kind, by its text. */
  get refusals(): ReadonlyMap<string, Reply> {
    return this.#refusals;
  }

  /** Waits until so many more requests have been acknowledged; goes on in the very moment of the last one. */
  async acknowledged(count: number): Promise<void> {
    const goal = this.#acknowledged + count;
    const { promise, resolve, reject } = settleLater<undefined>();
    const timer = setTimeout(() => {
      reject(new Error(`Not within ${String(PATIENCE_MS)} ms: ${String(goal)} acknowledged requests`));
    }, PATIENCE_MS);
    this.#goals.push({ goal, reached: resolve });
    await promise.finally(() => {
      clearTimeout(timer);
    });
  }

  /** Waits for a refusal whose text matches. */
  refused(text: RegExp): Promise<Reply> {
    return until(
      `a refusal like ${String(text)}`,
      () => [...this.#refusals].find(([message]) => text.test(message))?.[1],
    );
  }

  /** Sends nothing new, and resolves when each sender has its answer or knows that none comes. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#senders);
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.stop();
  }

  #noteAcknowledged(): void {
    this.#acknowledged += 1;
    for (const { goal, reached } of this.#goals) if (goal === this.#acknowledged) reached(undefined);
  }

  async #run(client: GatherClient, token: string, sender: LedgerSender): Promise<void> {
    while (!this.#isStopped) {
      const { entry, messages } = sender.begin(this.#messages());
      // One message goes as a string, several as an array; a lone one goes as an array now and then.
      const isArray = messages.length > 1 || entry.number % 5 === 0;
      const reply = await client
        .message(token, isArray ? messages : (messages[0] ?? ''))
        .catch(() => undefined);
      if (reply === undefined) return;
      entry.outcome = reply.status === 201 ? 'acknowledged' : 'rejected';
      if (reply.status === 201) {
        this.#noteAcknowledged();
      } else {
        this.#refusals.set(reply.text, reply);
        await sleep(PAUSE_AFTER_REFUSAL_MS);
      }
    }
  }
}

function settleLater<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { GatherClient, type Reply } from './gather-client.js';

/** What a bulk request may have beside its body. */
export interface BulkOptions {
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The number of the first message of a producer's stream. */
  readonly producer?: { readonly id: string; readonly first: number };
}

/** How much a request has stored, as an answer says it. */
export interface Acknowledged {
  readonly accepted: number;
  readonly duplicates: number;
  readonly last: number | null;
  readonly done?: boolean;
  readonly code?: string;
}

/** The path of bulk messages. */
export const BULK = '/v1/messages';

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
  return await client.send(BULK, body, { headers: bulkHeaders(token, options) });
}

/** A bulk request that is sent bit by bit, and whose answer comes meanwhile. */
export class BulkUpload implements Disposable {
  readonly request: ClientRequest;
  readonly #answer: Promise<IncomingMessage>;
  #lines: AsyncGenerator<string, void> | undefined;
  /** Why no more can be sent. */
  failure: Error | undefined;

  constructor(server: { readonly port: number }, token: string, options: BulkOptions = {}) {
    this.request = request({
      ...{ host: '127.0.0.1', port: server.port, path: BULK, method: 'POST', agent: false },
      headers: { ...bulkHeaders(token, options), Accept: 'application/x-ndjson', ...options.headers },
    });
    this.#answer = new Promise((resolve, reject) => {
      this.request.once('response', resolve);
      this.request.once('error', reject);
      this.request.once('close', () => {
        reject(new Error('no answer came'));
      });
    });
    this.#answer.catch(() => undefined);
    this.request.on('error', (error) => {
      this.failure = error;
    });
    this.request.flushHeaders();
  }

  [Symbol.dispose](): void {
    this.request.destroy();
  }

  /** The head of the answer, once it has come. */
  get answer(): Promise<IncomingMessage> {
    return this.#answer;
  }

  /** Sends some more, and resolves when there is room for more; at once when nothing can be sent any more. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.failure !== undefined || this.request.destroyed || this.request.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        this.request.off('drain', go).off('close', go);
        resolve();
      };
      this.request.once('drain', go).once('close', go);
    });
  }

  end(bytes: string | Uint8Array = ''): void {
    this.request.end(bytes);
  }

  /** The next line of the answer; undefined when it has ended. */
  async nextLine(): Promise<Acknowledged | undefined> {
    this.#lines ??= linesOf(await this.#answer);
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value) as Acknowledged);
  }

  /** All lines of the answer that are left, to its end. */
  async rest(): Promise<Acknowledged[]> {
    const lines: Acknowledged[] = [];
    for (let line = await this.nextLine(); line !== undefined; line = await this.nextLine()) lines.push(line);
    return lines;
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

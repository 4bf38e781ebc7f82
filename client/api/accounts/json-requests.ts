import type * as z from 'zod';
import { type Credential, credentialHeaders } from '../credential.js';
import { strangeAnswer } from '../requests/request-failure.js';
import type { PlainAnswer, PlainRequest, RequestPort } from '../request-port.js';
import { parsedJson } from '../requests/server-answer.js';

/** One request of `/v1` whose body, if it has one, is JSON. */
export interface JsonRequest extends Pick<PlainRequest, 'method' | 'path'> {
  /** Undefined where the request needs none. */
  readonly credential?: Credential | undefined;
  readonly body?: object;
  /** The ETag of what is to be changed, or `*`. */
  readonly ifMatch?: string | undefined;
  /** Whether it may be sent again when nobody knows what became of it: of GET and DELETE it may, unless this says else. */
  readonly isRepeatable?: boolean;
}

/** An answer, and the version of what it shows. */
export interface Tagged<Answer> {
  readonly answer: Answer;
  /** As it goes into `ifMatch`. */
  readonly etag: string;
}

// A page of 1,000 accounts, each with 16 KiB of metadata and some kilobytes of notes.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Asks one server in JSON, and looks whether the answers have the form that they should. */
export class JsonRequests implements Disposable {
  readonly #port: RequestPort;

  constructor(port: RequestPort) {
    this.#port = port;
  }

  /**
   * Makes a request whose answer has a body.
   *
   * @throws GatherError where the answer is a refusal or has another form, or none came.
   */
  async ask<Answer>(schema: z.ZodType<Answer>, request: JsonRequest): Promise<Answer> {
    return this.#read(schema, await this.#send(request));
  }

  /**
   * Makes a request whose answer has a body, and an ETag that says which version of it.
   *
   * @throws GatherError where the answer is a refusal or has another form or no ETag, or none came.
   */
  async askTagged<Answer>(schema: z.ZodType<Answer>, request: JsonRequest): Promise<Tagged<Answer>> {
    const sent = await this.#send(request);
    const etag = sent.headers['etag'];
    if (typeof etag !== 'string') throw strangeAnswer(this.#port.server);
    return { answer: this.#read(schema, sent), etag };
  }

  /**
   * Makes a request whose answer has none.
   *
   * @throws GatherError where the answer is a refusal, or none came.
   */
  async tell(request: JsonRequest): Promise<void> {
    await this.#send(request);
  }

  [Symbol.dispose](): void {
    this.#port[Symbol.dispose]();
  }

  #read<Answer>(schema: z.ZodType<Answer>, { text }: PlainAnswer): Answer {
    const { data } = schema.safeParse(parsedJson(text));
    if (data === undefined) throw strangeAnswer(this.#port.server);
    return data;
  }

  #send({ method, path, credential, body, ifMatch, isRepeatable }: JsonRequest): Promise<PlainAnswer> {
    return this.#port.request({
      method,
      path,
      headers: {
        ...(credential === undefined ? {} : credentialHeaders(credential)),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
      },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
      maxAnswerBytes: MAX_ANSWER_BYTES,
      isRepeatable: isRepeatable ?? (method === 'get' || method === 'delete'),
    });
  }
}

/** A path whose last parts are names or ids that somebody chose. */
export function pathOf(base: string, ...parts: readonly string[]): string {
  return [base, ...parts.map(encodeURIComponent)].join('/');
}

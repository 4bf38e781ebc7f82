import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '../../errors/app-error.js';
import { drain } from '../bodies/request-body.js';
import { problemHeaders, problemOf } from '../problem-details.js';
import { DATA_HEADERS, type Headers } from '../security-headers.js';
import { wantsAcknowledgements } from './bulk-headers.js';
import type { BulkStream, Stored } from './bulk-stream.js';

const NOTHING: Stored = { accepted: 0, duplicates: 0, last: null };
const JSON_TYPE = 'application/json; charset=utf-8';
const NDJSON_TYPE = 'application/x-ndjson; charset=utf-8';

/** The answer to one `POST /v1/messages`: one object at the end, or lines that acknowledge what is durable so far. */
export class BulkAnswer {
  readonly requestId: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isStreaming: boolean;
  #stream: BulkStream | undefined;
  #isDue = false;
  #isOver = false;

  constructor(request: IncomingMessage, response: ServerResponse, requestId: string) {
    this.#request = request;
    this.#response = response;
    this.requestId = requestId;
    this.#isStreaming = wantsAcknowledgements(request.headers);
  }

  /** Tells whose progress is answered. */
  watch(stream: BulkStream): void {
    this.#stream = stream;
  }

  /** Says how much is durable, if the client wants to know meanwhile: once for all that became so together. */
  acknowledge(): void {
    if (!this.#isStreaming || this.#isDue || this.#response.writableNeedDrain) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (this.#isOver) return;
      this.#begin(200, NDJSON_TYPE);
      this.#response.write(`${JSON.stringify(this.#stored)}\n`);
    });
  }

  /** Says that all of it is durable. */
  succeed(): void {
    this.#isOver = true;
    if (this.#isStreaming) {
      this.#begin(200, NDJSON_TYPE);
      this.#response.end(`${JSON.stringify({ ...this.#stored, done: true })}\n`);
      return;
    }
    const body = JSON.stringify(this.#stored);
    this.#begin(200, JSON_TYPE, { 'Content-Length': String(Buffer.byteLength(body)) });
    this.#response.end(body);
  }

  /** Says why it ends here, and how much is durable. Resolves when the client had a moment to read it. */
  async refuse(refusal: AppError): Promise<void> {
    // What is still on its way to the disk is counted too, and nothing is said behind the last line.
    await this.#stream?.settled();
    this.#isOver = true;
    const body = `${JSON.stringify({ ...problemOf(refusal), ...this.#stored })}\n`;
    this.#begin(refusal.kind.status, 'application/problem+json', {
      ...problemHeaders(refusal),
      'Content-Length': String(Buffer.byteLength(body)),
      ...(this.#request.complete ? {} : { Connection: 'close' }),
    });
    if (this.#response.destroyed) return;
    this.#response.write(body);
    // A client that is still sending does not read an answer, and would see a reset instead.
    if (!this.#request.complete) await drain(this.#request);
    this.#response.end();
    if (!this.#request.complete) this.#request.socket.destroySoon();
  }

  get #stored(): Stored {
    return this.#stream?.stored ?? NOTHING;
  }

  #begin(status: number, type: string, more: Headers = {}): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(status, {
      ...DATA_HEADERS,
      'Content-Type': type,
      'Cache-Control': 'no-store',
      'X-Request-Id': this.requestId,
      ...more,
    });
  }
}

import type { Socket } from 'node:net';
import { closeWith } from '../../net/close-with.js';
import { LineReader, type Line } from '../line-reader.js';
import type { Conversation, Expiry } from '../tcp-gateway.js';

/** How long a request may lack its line end before it is complete. Contract 3. */
const PAUSE_MS = 50;
/** The longest request. */
const MAX_REQUEST_BYTES = 4096;
const LINE_END = Buffer.from('\n');

/** One connection: each request is answered, one after the other, and meanwhile nothing is read. */
export class RecordsConversation implements Conversation {
  readonly #socket: Socket;
  readonly #answer: (line: Line) => Promise<string | undefined>;
  readonly #onGone: () => void;
  readonly #reader = new LineReader(MAX_REQUEST_BYTES);
  /** What has come and is not looked at. */
  readonly #pieces: Buffer[] = [];
  #pause: NodeJS.Timeout | undefined;
  #isBusy = false;
  #isWriting = false;
  #isLeaving = false;
  #isOver = false;

  /**
   * @param answer - undefined where there is none, which ends the connection; never rejects
   * @param onGone - told once, when the connection is gone
   */
  constructor(socket: Socket, answer: (line: Line) => Promise<string | undefined>, onGone: () => void) {
    this.#socket = socket;
    this.#answer = answer;
    this.#onGone = onGone;
  }

  take(piece: Buffer): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#pieces.push(piece);
    if (!this.#isBusy) void this.#work();
  }

  end(): void {
    // What has begun will not go on.
    this.#isLeaving = true;
    this.take(LINE_END);
  }

  expire(why: Expiry): void {
    // Who has not read its answer in all this time will not.
    if (why === 'idle' && this.#isWriting) this.#socket.destroy();
    this.#isLeaving = true;
    if (!this.#isBusy && !this.#reader.hasBegun) this.#close();
  }

  drop(): void {
    this.#isOver = true;
    clearTimeout(this.#pause);
    this.#onGone();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    this.#socket.pause();
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift())
      for (const line of this.#reader.push(piece)) if (line !== '' && !this.#isOver) await this.#reply(line);
    this.#isBusy = false;
    if (this.#isOver) return;
    if (this.#isLeaving && !this.#reader.hasBegun) {
      this.#close();
      return;
    }
    this.#socket.resume();
    if (this.#reader.hasBegun) this.#awaitPause();
  }

  // What has arrived by then is taken first, however long everything else took: it may be the rest.
  #awaitPause(): void {
    const pause = setTimeout(() => {
      setImmediate(() => {
        if (this.#pause === pause && !this.#isOver) this.take(LINE_END);
      });
    }, PAUSE_MS);
    this.#pause = pause;
  }

  async #reply(line: Line): Promise<void> {
    const reply = await this.#answer(line);
    if (this.#isOver) return;
    if (reply === undefined) this.#close();
    else await this.#write(reply);
  }

  // Until it has left: who does not read its answers is not answered further.
  async #write(reply: string): Promise<void> {
    this.#isWriting = true;
    await new Promise<void>((resolve) => {
      this.#socket.write(reply, (error) => {
        // It is told of the end of the connection later.
        if (error != null) this.#isOver = true;
        resolve();
      });
    });
    this.#isWriting = false;
  }

  #close(): void {
    this.#isOver = true;
    closeWith(this.#socket, '');
  }
}

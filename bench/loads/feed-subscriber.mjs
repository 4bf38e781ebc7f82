// A subscriber of the feed over a WebSocket, by hand: it looks at as little of a record as tells that none is missing and
// none comes twice, so that it takes little of the processor that it shares with the server.
import { connect } from 'node:net';

/** One for all: what is in it is dealt with before the next is read. */
const READ_BUFFER = Buffer.allocUnsafe(64 * 1024);
const NOTHING = Buffer.alloc(0);
const HEAD_END = '\r\n\r\n';

const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
const MASKED = 0x80;

/** Before the number of a record. */
const RECORD = Buffer.from('{"type":"record","record":{"seq":');
/** Where a record differs from everything else that comes. */
const TELLING = RECORD.indexOf('cord');
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Follows the feed until it is closed. */
export class Subscriber {
  /** How many records have come. */
  count = 0;
  /** What went wrong: a record missing, twice or out of order, or an end that nobody asked for. */
  failures = 0;
  #socket;
  #onRecord;
  #onRead;
  #onFailure;
  #onOpen;
  #isOpen = false;
  #isClosed = false;
  #next = 0;
  #rest = NOTHING;

  /**
   * @param target - port, localAddress, path, headers (lines), and whether it is open only when it has been greeted
   * @param onRecord - told the bytes of each, with where they begin and end
   * @param onRead - told when all that came at once has been looked at
   * @param onFailure - told in words
   */
  constructor(target, { onRecord, onRead, onFailure }) {
    [this.#onRecord, this.#onRead, this.#onFailure] = [onRecord, onRead, onFailure];
    this.opened = new Promise((resolve) => (this.#onOpen = resolve));
    this.greets = target.greets;
    const onread = { buffer: READ_BUFFER, callback: (length, bytes) => this.#read(bytes, length) };
    const { port, localAddress } = target;
    this.#socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true, onread });
    this.#socket.write(upgradeOf(target));
    this.#socket.on('error', (error) => this.#fail(error.message));
    this.#socket.on('close', () => this.#fail('closed by the server'));
  }

  close() {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #fail(what) {
    if (this.#isClosed) return;
    this.failures += 1;
    this.#onFailure(what);
    this.#onOpen();
  }

  #read(chunk, length) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk.subarray(0, length)]);
    const end = this.#rest.length === 0 ? length : bytes.length;
    const used = this.#isOpen ? this.#readFrames(bytes, 0, end) : this.#readHead(bytes, end);
    this.#rest = used === end ? NOTHING : Buffer.from(bytes.subarray(used, end));
    this.#onRead();
    return true;
  }

  #readHead(bytes, end) {
    const head = bytes.latin1Slice(0, end);
    const at = head.indexOf(HEAD_END);
    if (at === -1) return 0;
    if (!head.startsWith('HTTP/1.1 101')) {
      this.#fail(head);
      return end;
    }
    this.#isOpen = true;
    if (!this.greets) this.#onOpen();
    return this.#readFrames(bytes, at + HEAD_END.length, end);
  }

  // Where the first frame begins that is not there as a whole.
  #readFrames(bytes, from, end) {
    let at = from;
    while (at + 2 <= end) {
      let size = bytes[at + 1];
      let begin = at + 2;
      if (size === 126) {
        begin = at + 4;
        size = begin <= end ? bytes[at + 2] * 256 + bytes[at + 3] : 0;
      } else if (size === 127) {
        begin = at + 10;
        size = begin <= end ? bytes.readUInt32BE(at + 6) : 0;
      }
      if (begin + size > end) return at;
      if (bytes[at] === TEXT) this.#onText(bytes, begin, begin + size);
      else this.#onControl(bytes[at], bytes.subarray(begin, begin + size));
      at = begin + size;
    }
    return at;
  }

  #onText(bytes, begin, end) {
    if (bytes[begin + TELLING] !== RECORD[TELLING]) {
      this.#onOpen();
      return;
    }
    let seq = 0;
    for (let at = begin + RECORD.length; bytes[at] >= DIGIT_0 && bytes[at] <= DIGIT_9; at += 1) {
      seq = seq * 10 + bytes[at] - DIGIT_0;
    }
    if (seq !== this.#next && this.#next !== 0) this.#fail(`${seq} came where ${this.#next} was next`);
    this.#next = seq + 1;
    this.count += 1;
    this.#onRecord(bytes, begin, end);
  }

  #onControl(kind, data) {
    // Masked with zeros, it stays as it is.
    if (kind === PING)
      this.#socket.write(Buffer.concat([Buffer.of(PONG, MASKED | data.length, 0, 0, 0, 0), data]));
    else if (kind === CLOSE) this.#fail(`closed: ${data.toString('utf8', 2)}`);
    else this.#fail(`a frame that begins with ${String(kind)}`);
  }
}

function upgradeOf({ port, path, headers }) {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${String(port)}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ];
  return `${lines.join('\r\n')}${HEAD_END}`;
}

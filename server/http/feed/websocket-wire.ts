import { byteSource, type LineBuffer } from '../../dump/format/line-buffer.js';
import type { FeedWire } from '../../features/feed/feed-service.js';

/** The first byte of a frame that is a whole text message, RFC 6455 section 5.2. */
const WHOLE_TEXT = 0x81;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const MOST_IN_7_BITS = 125;
const MOST_IN_16_BITS = 0xffff;
const LONGEST_HEAD = 10;

const RECORD_BEGIN = byteSource(Buffer.from('{"type":"record","record":'));
const RECORD_FRAME_BYTES = RECORD_BEGIN.bytes.length + 1;
const CLOSE_BRACE = 0x7d;

/** The feed as text messages of a WebSocket: whole frames, not masked, as a server sends them, so that they can be shared. */
export const websocketWire: FeedWire = {
  record: (into, _seq, json, begin, end) => {
    const length = RECORD_FRAME_BYTES + end - begin;
    putHead(into, length);
    into.copy(RECORD_BEGIN, 0, RECORD_BEGIN.bytes.length);
    into.copy(json, begin, end);
    into.byte(CLOSE_BRACE);
  },
  passing: (into, event) => {
    const text = JSON.stringify(event);
    putHead(into, Buffer.byteLength(text));
    into.text(text);
  },
};

// Makes the room for all of the frame.
function putHead(into: LineBuffer, length: number): void {
  into.reserve(LONGEST_HEAD + length);
  into.byte(WHOLE_TEXT);
  if (length <= MOST_IN_7_BITS) into.byte(length);
  else if (length <= MOST_IN_16_BITS) {
    into.byte(LENGTH_IN_16_BITS);
    putNumber(into, length, 2);
  } else {
    into.byte(LENGTH_IN_64_BITS);
    putNumber(into, length, 8);
  }
}

// In the order of the network: the largest part first.
function putNumber(into: LineBuffer, number: number, bytes: number): void {
  for (let place = bytes - 1; place >= 0; place -= 1) into.byte(Math.floor(number / 256 ** place) % 256);
}

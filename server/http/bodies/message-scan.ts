import { isUtf8 } from 'node:buffer';
import { onOneLine } from '../../dump/format/json-literal.js';
import type { GatheredMessage } from '../../features/messages/message-service.js';
import { JsonScanner, NO_VALUE } from './json-scanner.js';
import { MessageSpans, PART } from './message-spans.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** The fields of a MESSAGE, as their names stand in its body. */
const TYPE = '"message_type"';
const TOKEN = '"token"';
const MESSAGE = '"message"';
const MESSAGE_TYPE = '"MESSAGE"';
/** The lone messages that end a session: these are for the closer look. */
const LOGOUTS: ReadonlySet<string> = new Set(['""', '"logout"']);
/** Each letter as an escape. */
const LONGEST_LOGOUT = 2 + 6 * 6;

interface FoundFields {
  isMessage?: boolean;
  token?: string | undefined;
  /** Where it begins. */
  message?: number;
}

/**
 * Finds a MESSAGE of contract 1 in the bytes of its body, so that its texts go into the dump as they were sent and
 * nothing is parsed. It knows only what most senders send, each field once and no other one: whatever else comes is not
 * for it, and has to be looked at more closely.
 */
export class MessageScan {
  readonly #scanner: JsonScanner;
  readonly #spans = new MessageSpans();
  #body: Buffer = Buffer.alloc(0);
  #found: FoundFields = {};

  /** @param maxJsonDepth - levels of nesting, the body itself being the first */
  constructor(maxJsonDepth: number) {
    this.#scanner = new JsonScanner(maxJsonDepth - 1);
  }

  /** The message in a body; undefined where it needs a closer look. */
  find(body: Buffer): GatheredMessage | undefined {
    if (!isUtf8(body)) return undefined;
    this.#body = body;
    this.#scanner.open(body);
    this.#spans.open(body);
    const fields = this.#fields();
    if (fields === undefined) return undefined;
    const { token, message } = fields;
    if (body[message] === QUOTE && this.#isMaybeLogout(message)) return undefined;
    return this.#note(message) ? { token, messages: this.#spans.take(), isLogout: false } : undefined;
  }

  // The token, and where the message begins.
  #fields(): { token: string; message: number } | undefined {
    const body = this.#body;
    const scanner = this.#scanner;
    this.#found = {};
    let at = scanner.skipSpace(0);
    if (body[at] !== OPEN_BRACE) return undefined;
    do {
      at = this.#field(scanner.skipSpace(at + 1));
      if (at === NO_VALUE) return undefined;
      at = scanner.skipSpace(at);
    } while (body[at] === COMMA);
    const isWhole = body[at] === CLOSE_BRACE && scanner.skipSpace(at + 1) === body.length;
    const { isMessage, token, message } = this.#found;
    return isWhole && isMessage === true && token !== undefined && message !== undefined
      ? { token, message }
      : undefined;
  }

  // Takes note of the field that begins here; answers where it ends.
  #field(name: number): number {
    const scanner = this.#scanner;
    const nameEnd = scanner.string(name);
    const colon = nameEnd === NO_VALUE ? NO_VALUE : scanner.skipSpace(nameEnd);
    if (colon === NO_VALUE || this.#body[colon] !== COLON) return NO_VALUE;
    const begin = scanner.skipSpace(colon + 1);
    scanner.forget();
    const end = scanner.value(begin);
    if (end === NO_VALUE || !this.#isTaken(name, nameEnd, begin, end)) return NO_VALUE;
    return end;
  }

  #isTaken(name: number, nameEnd: number, begin: number, end: number): boolean {
    const found = this.#found;
    if (found.message === undefined && this.#is(MESSAGE, name, nameEnd)) found.message = begin;
    else if (found.isMessage === undefined && this.#is(TYPE, name, nameEnd))
      found.isMessage = this.#is(MESSAGE_TYPE, begin, end);
    else if (found.token === undefined && this.#is(TOKEN, name, nameEnd))
      found.token = this.#plainText(begin, end);
    else return false;
    return true;
  }

  // Notes the one text, or those of an array; answers whether that is what it is.
  #note(position: number): boolean {
    const scanner = this.#scanner;
    if (this.#body[position] === QUOTE) return this.#noteText(position) !== NO_VALUE;
    if (this.#body[position] !== OPEN_BRACKET) return false;
    let at = position;
    do {
      at = this.#noteText(scanner.skipSpace(at + 1));
      if (at === NO_VALUE) return false;
      at = scanner.skipSpace(at);
    } while (this.#body[at] === COMMA);
    return this.#body[at] === CLOSE_BRACKET;
  }

  #noteText(position: number): number {
    this.#scanner.forget();
    const end = this.#scanner.string(position);
    if (end === NO_VALUE) return NO_VALUE;
    if (this.#scanner.hasUnsafe)
      this.#spans.rewrite(PART.message, onOneLine(this.#body.toString('utf8', position, end)));
    else this.#spans.set(PART.message, position, end);
    this.#spans.next();
    return end;
  }

  // Whether a lone text is, or may be in other words, one that ends the session.
  #isMaybeLogout(position: number): boolean {
    this.#scanner.forget();
    const end = this.#scanner.string(position);
    if (end - position > LONGEST_LOGOUT) return false;
    return this.#scanner.hasEscape || LOGOUTS.has(this.#body.toString('latin1', position, end));
  }

  #plainText(begin: number, end: number): string | undefined {
    if (this.#body[begin] !== QUOTE || this.#scanner.hasEscape) return undefined;
    return this.#body.toString('utf8', begin + 1, end - 1);
  }

  #is(text: string, begin: number, end: number): boolean {
    if (end - begin !== text.length) return false;
    for (let index = 0; index < text.length; index += 1)
      if (this.#body[begin + index] !== text.charCodeAt(index)) return false;
    return true;
  }
}

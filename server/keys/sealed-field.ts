import { contextOf, openBytes, sealBytes } from './authenticated-cipher.js';
import type { FieldPlace } from './field-cipher.js';

const VERSION = 'v1';
/** What stands in front of a text before it is sealed: which encoding it has. */
const UTF_8 = 0;
const UTF_16 = 1;

/** Seals a text as `v1.<key id>.<nonce, ciphertext and tag as base64url>`. */
export function sealField(key: Buffer, keyId: string, place: FieldPlace, text: string): string {
  return `${sealedPrefix(keyId)}${sealBytes(key, placeContext(place), encode(text))}`;
}

/** What every text that is sealed under a data key begins with, and no other. */
export function sealedPrefix(keyId: string): string {
  return `${VERSION}.${keyId}.`;
}

/** The data key that a text says it is sealed under; undefined where it is no sealed text. */
export function keyIdOf(sealed: string): string | undefined {
  return /^v1\.([a-z0-9-]+)\.[\w-]+$/.exec(sealed)?.[1];
}

/** Opens what {@link sealField} made; undefined where it is damaged, of another place or under another key. */
export function openField(key: Buffer, keyId: string, place: FieldPlace, sealed: string): string | undefined {
  const content = openBytes(key, placeContext(place), sealed.slice(sealedPrefix(keyId).length));
  return content === undefined ? undefined : decode(content);
}

function placeContext({ table, column, row }: FieldPlace): Buffer {
  return contextOf('gatherd field', VERSION, table, column, row);
}

// UTF-8 has no lone surrogates, so a text with one is kept as UTF-16: what is opened is exactly what was sealed.
function encode(text: string): Buffer {
  const utf8 = Buffer.from(text);
  const isWhole = utf8.toString() === text;
  return Buffer.concat([
    Uint8Array.of(isWhole ? UTF_8 : UTF_16),
    isWhole ? utf8 : Buffer.from(text, 'utf16le'),
  ]);
}

function decode(content: Buffer): string {
  return content.subarray(1).toString(content[0] === UTF_16 ? 'utf16le' : 'utf8');
}

import { createPrivateKey, createPublicKey } from 'node:crypto';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
/** How PKCS#8 begins for a private key of X25519, RFC 8410. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The public key to a secret key of CURVE, both 40 characters of Z85 (RFC 32 of ZeroMQ). Undefined where it is none. */
export function curvePublicKey(secretKey: string): string | undefined {
  const secret = decodeZ85(secretKey);
  if (secret?.length !== 32) return undefined;
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return encodeZ85(Buffer.from(x, 'base64url'));
}

function decodeZ85(text: string): Buffer | undefined {
  const words = Buffer.alloc((text.length / 5) * 4);
  for (let group = 0; group < text.length / 5; group += 1) {
    let word = 0;
    for (const digit of text.slice(group * 5, group * 5 + 5)) word = word * 85 + DIGITS.indexOf(digit);
    if (word < 0 || word > 0xffffffff) return undefined;
    words.writeUInt32BE(word, group * 4);
  }
  return words;
}

function encodeZ85(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    let word = bytes.readUInt32BE(at);
    let group = '';
    for (let count = 0; count < 5; count += 1) {
      group = DIGITS.charAt(word % 85) + group;
      word = Math.floor(word / 85);
    }
    text += group;
  }
  return text;
}

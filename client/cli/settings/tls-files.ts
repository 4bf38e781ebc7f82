import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { ServerTls } from '../../api/tls/server-tls.js';
import type { CliIo } from '../cli-io.js';
import { askPassword } from '../terminal/ask-password.js';
import type { Given } from './given-value.js';
import { readKeyPassphrase } from './secrets.js';
import type { TlsSettings } from './tls-choice.js';

/**
 * Reads the files of a connection over TLS. The passphrase of the key is taken from GATHER_KEY_PASSPHRASE or its file; else it is
 * asked for on a terminal.
 *
 * @throws CliError where one cannot be used: exit code 2 where a flag names it, else 78.
 */
export async function readTlsFiles(
  io: Pick<CliIo, 'env' | 'stdin' | 'stderr'>,
  { ca, pins, isInsecure, ...pair }: TlsSettings,
): Promise<ServerTls> {
  const trust = { pins, isInsecure, ...(ca === undefined ? {} : { ca: await readCertificates(ca) }) };
  return { ...trust, ...(await readPair(io, pair)) };
}

async function readPair(
  io: Pick<CliIo, 'env' | 'stdin' | 'stderr'>,
  { cert, key }: Pick<TlsSettings, 'cert' | 'key'>,
): Promise<Pick<ServerTls, 'cert' | 'key'>> {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    const [there, missing] =
      cert === undefined ? [key, '--cert or GATHER_CERT'] : [cert, '--key or GATHER_KEY'];
    throw (
      there?.fail(`${there.source}: a certificate and its key go together: give ${missing}, too`) ??
      new Error()
    );
  }
  const certificates = await readCertificates(cert);
  const privateKey = await readKey(io, key);
  if (!new X509Certificate(certificates).checkPrivateKey(privateKey)) {
    throw key.fail(`${key.source}: ${key.text} is not the key of the certificate ${cert.text}`);
  }
  const pair = { cert: certificates, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  return tried(pair, cert);
}

// What OpenSSL finds wrong with them, a key that is too short for example.
function tried<Pair extends { readonly cert: string; readonly key: string }>(pair: Pair, given: Given): Pair {
  try {
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw given.fail(`${given.source}: ${given.text} cannot be used: ${messageOf(error)}`);
  }
}

async function readCertificates(given: Given): Promise<string> {
  const text = await readText(given);
  try {
    const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    for (const one of found) new X509Certificate(one);
    if (found.length > 0) return text;
  } catch {
    // Said below.
  }
  throw given.fail(`${given.source}: ${given.text} is no certificate in PEM`);
}

async function readKey(io: Pick<CliIo, 'env' | 'stdin' | 'stderr'>, given: Given): Promise<KeyObject> {
  const text = await readText(given);
  // In the first line of PKCS #8, in the header of older forms.
  const isEncrypted = /^(?:-----BEGIN |Proc-Type: .*)ENCRYPTED/m.test(text);
  const passphrase = isEncrypted ? await passphraseFor(io, given) : undefined;
  try {
    return createPrivateKey({ key: text, format: 'pem', ...(isEncrypted ? { passphrase } : {}) });
  } catch {
    const reason = isEncrypted ? 'cannot be opened: the passphrase is wrong' : 'is no key in PEM';
    throw given.fail(`${given.source}: ${given.text} ${reason}`);
  }
}

async function passphraseFor(
  io: Pick<CliIo, 'env' | 'stdin' | 'stderr'>,
  { text: path, source, fail }: Given,
): Promise<string> {
  const known = await readKeyPassphrase(io.env);
  if (known !== undefined) return known;
  if (io.stdin.isTTY === true) return askPassword(io, `Passphrase of ${path}: `);
  throw fail(`${source}: ${path} has a passphrase: give GATHER_KEY_PASSPHRASE or GATHER_KEY_PASSPHRASE_FILE`);
}

async function readText({ text: path, source, fail }: Given): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fail(`${source}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

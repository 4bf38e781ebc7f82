import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { AppError } from '../errors/app-error.js';
import type { Secure } from './tcp-gateway.js';

const HANDSHAKE_MS = 10_000;

/** Which files hold a certificate and its key. */
export interface TlsFiles {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/**
 * Reads certificate and key, and makes what connections are secured with: TLS 1.2 or later, and ten seconds for the handshake.
 *
 * @throws AppError `config.invalid` where one cannot be read, is none, or they do not belong together
 */
export async function readTlsIdentity({ tlsCert, tlsKey }: TlsFiles): Promise<Secure> {
  const cert = await read('GATHERD_TLS_CERT', tlsCert);
  const key = await read('GATHERD_TLS_KEY', tlsKey);
  const certificate = parse(
    'GATHERD_TLS_CERT',
    tlsCert,
    'is no certificate in PEM',
    () => new X509Certificate(cert),
  );
  const privateKey: KeyObject = parse(
    ...(['GATHERD_TLS_KEY', tlsKey, 'is no private key in PEM, or one with a passphrase'] as const),
    () => createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw problem('GATHERD_TLS_KEY', tlsKey, `is not the key of the certificate ${tlsCert}`);
  const unusable = 'cannot be used for TLS';
  const context = parse('GATHERD_TLS_CERT', tlsCert, unusable, () =>
    createSecureContext({ cert, key, minVersion: 'TLSv1.2' }),
  );
  return (raw, onReady) => {
    shakeHands(raw, context, onReady);
  };
}

function shakeHands(
  raw: Parameters<Secure>[0],
  secureContext: SecureContext,
  onReady: Parameters<Secure>[1],
) {
  const socket = new TLSSocket(raw, { isServer: true, secureContext });
  const timer = setTimeout(() => raw.destroy(), HANDSHAKE_MS);
  // Whoever speaks something else, or leaves, is closed, which is all there is to know.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    clearTimeout(timer);
    raw.destroy();
  });
  socket.once('secure', () => {
    clearTimeout(timer);
    onReady(socket);
  });
}

async function read(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw problem(setting, path, `cannot be read (${code})`, error);
  }
}

function parse<Parsed>(setting: string, path: string, reason: string, make: () => Parsed): Parsed {
  try {
    return make();
  } catch (error) {
    throw problem(setting, path, reason, error);
  }
}

function problem(setting: string, path: string, reason: string, cause?: unknown): AppError {
  return new AppError('config.invalid', { details: { problems: `${setting}: ${path} ${reason}` }, cause });
}

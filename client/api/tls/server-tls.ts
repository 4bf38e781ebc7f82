import { createHash } from 'node:crypto';

/** What a server is trusted by, and what this client shows of itself. Files' contents in PEM. */
export interface ServerTls {
  /** Who may have issued the server's certificate; undefined for those whom Node trusts. */
  readonly ca?: string | undefined;
  /** The client's own certificate with its chain, and its key, which has no passphrase any more. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /**
   * Fingerprints as `parsePins` makes them: where there are any, the server's certificate has one of them; and nothing else
   * about it is looked at, unless there is a `ca`, too.
   */
  readonly pins: readonly string[];
  /** Whether any certificate will do. */
  readonly isInsecure: boolean;
}

/** The trust of a client that was told nothing: in whom Node trusts. */
export const SYSTEM_TRUST: ServerTls = { pins: [], isInsecure: false };

/** The fingerprint of a certificate (DER): its SHA-256 in hexadecimal, lower case. */
export function fingerprintOf(certificate: Uint8Array): string {
  return createHash('sha256').update(certificate).digest('hex');
}

/** A fingerprint as people compare it: `AB:CD:…`. */
export function shownFingerprint(fingerprint: string): string {
  return (fingerprint.toUpperCase().match(/../g) ?? []).join(':');
}

/**
 * Reads fingerprints, with or without colons and `SHA256:` in front, several with commas.
 *
 * @returns undefined where one of them is none
 */
export function parsePins(text: string): readonly string[] | undefined {
  const pins = text.split(',').map((one) =>
    one
      .trim()
      .replace(/^sha-?256[:=]/i, '')
      .replaceAll(':', '')
      .toLowerCase(),
  );
  return pins.every((pin) => /^[0-9a-f]{64}$/.test(pin)) ? pins : undefined;
}

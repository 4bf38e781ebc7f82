import type { AppError } from '../errors/app-error.js';

/** The certificate of a client, when all about it is in order: who issued it, its time, its purpose, and that it is not revoked. */
export interface ClientCertificate {
  /** The common name of its subject: a user name. */
  readonly name: string;
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  /** SHA-256 of the whole certificate: hexadecimal, lower case. */
  readonly fingerprint: string;
  /** From when it is good, to the second. */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** What came of looking at the certificate of a client: `certificate.refused`, with the reason, where it is not in order or missing. */
export type PeerCheck = { readonly certificate: ClientCertificate } | { readonly refusal: AppError };

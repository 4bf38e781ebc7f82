import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../errors/app-error.js';
import type { Session } from '../sessions/session-service.js';

/** What a valid token says: which session it is, and whose. */
export interface TokenClaims {
  readonly userId: string;
  readonly sessionId: string;
}

interface VerifiedClaims extends TokenClaims {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const ALGORITHM = 'HS256';
const REMEMBERED_TOKENS = 10_000;

/** Issues and checks tokens: JWTs (RFC 7519) under HS256 and no other algorithm, with sub, sid, iat and exp. */
export class TokenService {
  readonly #key: KeyObject;
  readonly #clock: () => Date;
  // A signature that was right once is right forever: a device that sends often is checked by looking its token up.
  readonly #verified = new LRUCache<string, VerifiedClaims>({ max: REMEMBERED_TOKENS });

  /** @param secret - at least 32 bytes; made into a key object once, which makes checking fast */
  constructor(secret: Buffer, clock: () => Date) {
    this.#key = createSecretKey(secret);
    this.#clock = clock;
  }

  /** The token of a session. Its times are in whole seconds; as the session ends on one, both end together. */
  issue(session: Session): string {
    const claims = {
      sub: session.userId,
      sid: session.id,
      iat: seconds(session.issuedAt),
      exp: seconds(session.expiresAt),
    };
    return jwt.sign(claims, this.#key, { algorithm: ALGORITHM });
  }

  /** What a token says. @throws AppError `token.invalid` when it is expired, forged or malformed */
  verify(token: string): TokenClaims {
    const known = this.#verified.get(token);
    if (known !== undefined && this.#clock().getTime() < known.expiresAt) return known;
    const claimed = this.#claims(token);
    const { sub: userId, exp } = claimed;
    const sessionId: unknown = claimed['sid'];
    if (typeof sessionId !== 'string' || userId === undefined || exp === undefined)
      throw new AppError('token.invalid');
    const claims = { userId, sessionId, expiresAt: exp * 1000 };
    this.#verified.set(token, claims);
    return claims;
  }

  #claims(token: string): jwt.JwtPayload {
    try {
      const clockTimestamp = seconds(this.#clock());
      const claims = jwt.verify(token, this.#key, { algorithms: [ALGORITHM], clockTimestamp });
      return typeof claims === 'string' ? {} : claims;
    } catch (cause) {
      throw new AppError('token.invalid', { cause });
    }
  }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

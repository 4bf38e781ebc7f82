import * as z from 'zod';

const claims = z.looseObject({ exp: z.number() });

/**
 * When a token expires, as its own `exp` claim says; nothing is verified, which only the server can do.
 *
 * @returns milliseconds since the epoch; undefined where the token does not say.
 */
export function tokenExpiry(token: string): number | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const { data } = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    return data === undefined ? undefined : data.exp * 1000;
  } catch {
    return undefined;
  }
}

/** Whether a token says of itself that it has expired. `now` is in milliseconds since the epoch. */
export function isExpired(token: string, now: number): boolean {
  const expiry = tokenExpiry(token);
  return expiry !== undefined && expiry <= now;
}

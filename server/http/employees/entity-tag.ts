import type { ExpectedVersion } from '../../features/employees/employee-service.js';
import { AppError } from '../../errors/app-error.js';

/** No record has it. */
const NO_VERSION = 0;
const OURS = /^"([1-9]\d{0,9})"$/;
const WEAK = 'must be a strong ETag: a weak one (W/"…") may stand for several versions';
/** A strong one, RFC 9110, 8.8.3. */
const ANY_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;

/** The ETag of a version. */
export function entityTag(version: number): string {
  return `"${String(version)}"`;
}

/**
 * The version that a request expects; undefined where it says nothing. Only ETags of ours are any version's. A weak
 * one never matches (RFC 9110, 13.1.1): it is refused, since nobody has changed anything.
 *
 * @param header - If-Match
 * @throws AppError `request.invalid_header`
 */
export function expectedVersion(header: string | undefined): ExpectedVersion | undefined {
  const text = header?.trim();
  if (text === undefined) return undefined;
  if (text === '*') return 'any';
  if (!ANY_TAG.test(text)) {
    const reason = text.startsWith('W/') ? WEAK : 'must be one ETag, or *';
    const details = { header: 'If-Match', reason };
    throw new AppError('request.invalid_header', { details });
  }
  return Number(OURS.exec(text)?.[1] ?? NO_VERSION);
}

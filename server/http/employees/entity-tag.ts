import type { ExpectedVersion } from '../../features/employees/employee-service.js';
import { AppError } from '../../errors/app-error.js';

/** RFC 9110, 8.8.3. */
const TAG = String.raw`(W/)?"([\x21\x23-\x7e\x80-\xff]*)"`;
/** RFC 9110, 5.6.1: some of a list may be empty. */
const LIST = new RegExp(String.raw`^(?:,[ \t]*)*${TAG}(?:[ \t]*,(?:[ \t]*${TAG})?)*$`);
const EACH = new RegExp(TAG, 'g');

/** The ETag of a version. */
export function entityTag(version: string): string {
  return `"${version}"`;
}

/**
 * The versions that a request expects, any of them; undefined where it says nothing. A weak ETag is of no version, RFC 9110, 13.1.1.
 *
 * @param header - If-Match
 * @throws AppError `request.invalid_header`
 */
export function expectedVersion(header: string | undefined): ExpectedVersion | undefined {
  const text = header?.trim();
  if (text === undefined) return undefined;
  if (text === '*') return 'any';
  if (!LIST.test(text)) {
    const details = { header: 'If-Match', reason: 'must be ETags with commas between, or *' };
    throw new AppError('request.invalid_header', { details });
  }
  const tags = [...text.matchAll(EACH)];
  return tags.flatMap(([, weak, version = '']) => (weak === undefined ? [version] : []));
}

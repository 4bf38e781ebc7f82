import { GatherError } from '../../api/gather-error.js';
import { LOCALE } from './locale.js';

/** Refusals whose text is more for programs, or tells the wait that stands beside it anyway, by their codes. */
const WORDS: Readonly<Record<string, string>> = {
  'account.wrong_credentials': 'The user name or the password is wrong.',
  'account.not_active': 'This account is not active. An administrator can change that.',
  'account.throttled': 'Too many wrong passwords.',
  'session.invalid': 'Your session had ended, so this was not done. Try it again.',
  'token.missing': 'Your session had ended, so this was not done. Try it again.',
  'account.current_password_wrong': 'This is not your current password.',
};

const SILENCE = 'The server does not answer.';

/** What went wrong, in words for people. @param isReading - whether nothing but reading was asked for */
export function wordsOf(error: unknown, isReading = false): string {
  if (!(error instanceof GatherError))
    return isOfLoading(error) ? SILENCE : 'Something went wrong in this page. Load it again.';
  if (error.status === undefined)
    return isReading ? SILENCE : `${SILENCE} What was asked may or may not have been done.`;
  const { retryAfterSeconds } = error;
  const words = WORDS[error.problem?.code ?? ''] ?? sentence(error.message);
  return retryAfterSeconds === undefined ? words : `${words} Try again in ${waitText(retryAfterSeconds)}.`;
}

// A part of the console that is loaded when it is needed first; each browser says it in its own way.
function isOfLoading(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}

function waitText(seconds: number): string {
  return seconds > 120
    ? `${String(Math.ceil(seconds / 60))} minutes`
    : `${String(Math.max(1, Math.ceil(seconds)))} s`;
}

/** Words of the server as a sentence: the rules of fields are said as the rest of one that began with the field's name. */
export function sentence(text: string): string {
  const whole = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** The field that a refusal is about and what is wrong with it; undefined where it is about none. */
export function fieldOf(error: unknown): { readonly field: string; readonly reason: string } | undefined {
  if (!(error instanceof GatherError)) return undefined;
  const { field, reason = error.message } = error.problem ?? {};
  return field === undefined ? undefined : { field, reason };
}

const TENTHS = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A number of bytes as people read it: `1.5 MiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  const text = power === 0 || value >= 100 ? numberText(Math.round(value)) : TENTHS.format(value);
  return `${text} ${BYTE_UNITS[power] ?? 'B'}`;
}

const NUMBERS = new Intl.NumberFormat(LOCALE);

/** A number with its thousands apart. */
export function numberText(value: number): string {
  return NUMBERS.format(value);
}

/** A count that stands in little room: `99+` where it is more. */
export function countText(count: number): string {
  return count > 99 ? '99+' : String(count);
}

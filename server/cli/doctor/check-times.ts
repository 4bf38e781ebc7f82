import type { X509Certificate } from 'node:crypto';
import { ok, problem, warning, type Finding } from './finding.js';

const SOON_MS = 30 * 24 * 60 * 60 * 1000;

/** Looks whether it is the time of certificates, and for how long. @param about - what they are of */
export function checkTimes(
  about: string,
  path: string,
  chain: readonly X509Certificate[],
  now: Date,
): Finding[] {
  const wrong = chain.flatMap(({ subject, validFrom, validTo }) => {
    const [from, until] = [new Date(validFrom), new Date(validTo)];
    const which = `${path}, ${subject.replaceAll('\n', ', ')}`;
    if (until <= now) return [problem(about, `${which} was good until ${validTo}: renew it`)];
    if (from > now) return [problem(about, `${which} is good from ${validFrom} on: is the clock right?`)];
    if (until.getTime() - now.getTime() > SOON_MS) return [];
    return [warning(about, `${which} is good until ${validTo} only: renew it`)];
  });
  if (wrong.length > 0) return wrong;
  const ends = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
  return [ok(about, `${path} is good until ${new Date(ends).toISOString().slice(0, 10)}`)];
}

import { LRUCache } from 'lru-cache';
import type { AuditEvent } from './audit-service.js';

const MINUTE_MS = 60_000;
const MOST_REMEMBERED = 10_000;
/** What is asked for as often as a client likes. */
const READINGS: ReadonlySet<string> = new Set(['messages.read', 'feed.followed']);

/**
 * Makes what tells whether the same refusal of the same actor, or the same reading, was seen within the last minute: clients
 * may do both as often as they like. It remembers the last 10,000.
 *
 * @param clock - the time, which may be set back: then nothing is taken for a repetition
 */
export function createRepeatedNotes(clock: () => Date): (event: AuditEvent) => boolean {
  const seen = new LRUCache<string, number>({ max: MOST_REMEMBERED });
  return (event) => {
    if (event.outcome !== 'refused' && !READINGS.has(event.action)) return false;
    const now = clock().getTime();
    const key = keyOf(event);
    const before = seen.get(key);
    if (before !== undefined && now >= before && now - before < MINUTE_MS) return true;
    seen.set(key, now);
    return false;
  };
}

function keyOf({ action, actor, subject, details }: AuditEvent): string {
  const { userId, name, endpoint, door } = actor;
  const text = [action, userId, name, endpoint, door, subject?.name, details];
  return JSON.stringify(text);
}

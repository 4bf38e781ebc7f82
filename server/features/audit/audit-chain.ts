import { createHmac } from 'node:crypto';
import type { AuditEvent } from './audit-service.js';
import type { AuditLine } from './audit-store.js';

/** The end of the chain: the number and hash of its last line. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

/** Before the first line. */
export const CHAIN_START: ChainEnd = { seq: 0, hash: '' };

/** The most characters of a name or place, and of a text in details: who is refused chooses some of them. */
const MOST_NAME = 254;
const MOST_DETAIL = 1000;

type UnlinkedLine = Omit<AuditLine, 'seq' | 'hash'>;

/** Makes a line of an event: without its place in the chain, and only of text that a database gives back as it was. */
export function lineOf({ action, outcome, actor, subject, details }: AuditEvent, at: Date): UnlinkedLine {
  return {
    at,
    action,
    outcome: outcome ?? 'done',
    actorId: actor.userId ?? null,
    actor: actor.name === undefined ? null : storable(actor.name, MOST_NAME),
    subjectId: subject?.id ?? null,
    subject: subject === undefined ? null : storable(subject.name, MOST_NAME),
    endpoint: storable(actor.endpoint, MOST_NAME),
    door: actor.door,
    details: details === undefined ? null : JSON.stringify(details, shortened),
  };
}

/** Puts a line behind the end of the chain. */
export function link(end: ChainEnd, line: UnlinkedLine, key: Buffer): AuditLine {
  const seq = end.seq + 1;
  return { ...line, seq, hash: hashOf(end, { ...line, seq }, key) };
}

/** Whether a line is the one that was put behind the end of the chain. */
export function isNext(end: ChainEnd, line: AuditLine, key: Buffer): boolean {
  return line.seq === end.seq + 1 && line.hash === hashOf(end, line, key);
}

// A JSON array in a fixed order: no two lines have the same text.
function hashOf({ hash }: ChainEnd, line: Omit<AuditLine, 'hash'>, key: Buffer): string {
  const fields = [
    hash,
    line.seq,
    timeOf(line.at),
    line.action,
    line.outcome,
    line.actorId,
    line.actor,
    line.subjectId,
    line.subject,
    line.endpoint,
    line.door,
    line.details,
  ];
  return createHmac('sha256', key).update(JSON.stringify(fields)).digest('base64url');
}

// What somebody else wrote there may be no time at all.
function timeOf(at: Date): string | null {
  return at.toJSON();
}

/** A text as it can be stored: without what no UTF-8 can say, without NUL, which ends it, and not too long. */
function storable(text: string, most: number): string {
  const wellFormed = Buffer.from(text.slice(0, most + 1)).toString();
  return wellFormed
    .slice(0, most)
    .replace(/[\ud800-\udbff]$/, '')
    .replaceAll('\0', '\ufffd');
}

function shortened(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? storable(value, MOST_DETAIL) : value;
}

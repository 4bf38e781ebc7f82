import {
  contains as containsRule,
  storedUser,
  topic as topicRule,
} from '../../../protocol/stored-messages.js';
import type { QueryFilter } from '../../api/query-page.js';
import { timeTyped } from '../parts/forms/local-time.js';
import type { Place } from './window/message-view.js';

/** Which messages are meant; what is left out does not narrow it down. */
export type MessageFilter = Pick<QueryFilter, 'user' | 'topic' | 'contains'>;

/** What is wrong with parts of a filter, in words for people. */
export type FilterProblems = Readonly<Partial<Record<keyof MessageFilter, string>>>;

const RULES = { user: storedUser, topic: topicRule, contains: containsRule };
const FILTERS = ['user', 'topic', 'contains'] as const;
const PLACE = 'at';
const RECORD = 'record';

/** The filter in the query of an address, with whatever stands there. */
export function typedIn(query: URLSearchParams): MessageFilter {
  const given = FILTERS.map((name) => [name, query.get(name) ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** The filter in the query of an address, without what the server would refuse. */
export function filterIn(query: URLSearchParams): MessageFilter {
  const typed = typedIn(query);
  const wrong = filterProblems(typed, typed);
  return Object.fromEntries(FILTERS.filter((name) => !(name in wrong)).map((name) => [name, typed[name]]));
}

/**
 * What is wrong with a filter. What was changed since it was looked at is not called wrong before it is looked at again.
 *
 * @param lookedAt - the filter as it was then
 */
export function filterProblems(lookedAt: MessageFilter, typed: MessageFilter): FilterProblems {
  const problems: Partial<Record<keyof MessageFilter, string>> = {};
  for (const name of FILTERS) {
    const value = typed[name] ?? '';
    if (value === '' || value !== lookedAt[name]) continue;
    const issue = RULES[name].safeParse(value).error?.issues[0];
    if (issue !== undefined) problems[name] = `It ${issue.message}.`;
  }
  return problems;
}

/** The place in the query of an address, a record's number or a time; undefined where there is none. */
export function placeIn(query: URLSearchParams): Place | undefined {
  return placeOf(query.get(PLACE) ?? '');
}

/** The query of an address with a filter, and a place as {@link placeOf} reads it. */
export function queryOf(filter: MessageFilter, place?: string): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of FILTERS)
    if (filter[name] !== undefined && filter[name] !== '') query.set(name, filter[name]);
  if (place !== undefined) query.set(PLACE, place);
  return query;
}

/** A place that somebody has named: a number in digits, or a time; undefined where it is neither. */
export function placeOf(text: string): Place | undefined {
  return seqPlace(text) ?? (/^\d{4}-\d\d-\d\dT/.test(text) ? timePlace(text) : undefined);
}

/** The record that a number in digits names; undefined where it is none from 1. */
export function seqPlace(text: string): { readonly seq: number } | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? { seq: Number(text) } : undefined;
}

/** The time that a text names, in the zone of whoever looks where it names none; undefined where it is none. */
export function timePlace(text: string): { readonly time: number } | undefined {
  const time = timeTyped(text);
  return time === undefined ? undefined : { time };
}

/** A place as an address has it, which {@link placeOf} reads. */
export function placeText(place: Place): string {
  return 'seq' in place ? String(place.seq) : new Date(place.time).toISOString();
}

/** The number of the message that the query of an address opens; undefined where it opens none. */
export function recordIn(query: URLSearchParams): number | undefined {
  return seqPlace(query.get(RECORD) ?? '')?.seq;
}

/** The query with another message opened, or none. */
export function withRecord(query: URLSearchParams, seq: number | undefined): URLSearchParams {
  const changed = new URLSearchParams(query);
  if (seq === undefined) changed.delete(RECORD);
  else changed.set(RECORD, String(seq));
  return changed;
}

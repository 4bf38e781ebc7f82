import type { QueryFilter } from '../../api/query-page.js';
import type { Place } from './window/message-view.js';

/** Which messages are meant; what is left out does not narrow it down. */
export type MessageFilter = Pick<QueryFilter, 'user' | 'topic' | 'contains'>;

const FILTERS = ['user', 'topic', 'contains'] as const;
const PLACE = 'at';

/** The filter in the query of an address. */
export function filterIn(query: URLSearchParams): MessageFilter {
  const given = FILTERS.map((name) => [name, query.get(name) ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
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
  if (/^\d{1,15}$/.test(text)) return { seq: Math.max(1, Number(text)) };
  const time = Date.parse(text);
  return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(time) ? { time } : undefined;
}

import { describe, expect, test } from 'vitest';
import {
  filterIn,
  filterProblems,
  placeOf,
  placeText,
  seqPlace,
  timePlace,
  typedIn,
} from './message-filter.js';

describe('a filter in an address', () => {
  test('is asked for without what the server would refuse, which is told as wrong', () => {
    const query = new URLSearchParams('topic=a%20b&user=dale&contains=');
    expect(filterIn(query)).toEqual({ user: 'dale', contains: undefined });
    const typed = typedIn(query);
    expect(typed).toEqual({ topic: 'a b', user: 'dale' });
    expect(filterProblems(typed, typed)).toEqual({
      topic: 'It must be 1 to 64 letters, digits or . _ -.',
    });
  });

  test('is called wrong as long as it stands as it was looked at', () => {
    expect(filterProblems({ topic: 'a b' }, { topic: 'a b c' })).toEqual({});
    expect(filterProblems({ topic: 'a b' }, {})).toEqual({});
    expect(filterProblems({ topic: 'a b' }, { topic: 'a b' })).toHaveProperty('topic');
  });
});

test('a place is a number from 1 or a time, and what an address has of it leads there again', () => {
  expect(seqPlace('17')).toEqual({ seq: 17 });
  for (const wrong of ['0', '-1', '1.5', 'x', '', '1'.repeat(16)]) {
    expect(seqPlace(wrong)).toBeUndefined();
    expect(placeOf(wrong)).toBeUndefined();
  }
  expect(timePlace('yesterday')).toBeUndefined();
  for (const place of [{ seq: 17 }, { time: Date.UTC(2026, 10, 21, 2, 44, 57, 123) }])
    expect(placeOf(placeText(place))).toEqual(place);
});

import { expect, test } from 'vitest';
import { GatherError } from '../../../api/gather-error.js';
import type { MessageItem, Producer } from '../../../api/messages/stored-messages-api.js';
import { NumberedSending } from './numbered-sending.js';

const SILENCE = new GatherError('unknown_outcome', 'No answer');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function refusal(code: string): GatherError {
  return new GatherError('refused', code, { status: 409, problem: { status: 409, detail: code, code } });
}

/** Numbers what it is sent as gatherd does; what is in `answers` comes instead of an answer, stored or not. */
class FakeDoor {
  readonly stored: string[] = [];
  readonly producers: (string | undefined)[] = [];
  readonly answers: { readonly isStored: boolean; readonly error: Error }[] = [];
  readonly #last = new Map<string, number>();

  readonly send = (item: MessageItem, producer?: Producer) => {
    const planned = this.answers.shift();
    const counts = planned?.isStored === false ? undefined : this.#store(item, producer);
    if (planned !== undefined) return Promise.reject(planned.error);
    return counts === undefined ? Promise.reject(refusal('producer.gap')) : Promise.resolve(counts);
  };

  /** As for another user, who has producers of their own. */
  forget(): void {
    this.#last.clear();
  }

  #store({ message }: MessageItem, producer?: Producer) {
    this.producers.push(producer?.id);
    const last = this.#last.get(producer?.id ?? '') ?? 0;
    if (producer !== undefined && producer.first > last + 1) return undefined;
    if (producer !== undefined && producer.first <= last) return { accepted: 0, duplicates: 1, last: null };
    if (producer !== undefined) this.#last.set(producer.id, producer.first);
    this.stored.push(message);
    return { accepted: 1, duplicates: 0, last: this.stored.length };
  }
}

function rig() {
  const door = new FakeDoor();
  return { door, sending: new NumberedSending(door.send) };
}

test('messages go one after the other under the numbers of one producer, equal ones too', async () => {
  const { door, sending } = rig();
  for (const message of ['a', 'a', 'b'])
    expect(await sending.send({ message })).toMatchObject({ accepted: 1 });
  expect(door.stored).toEqual(['a', 'a', 'b']);
  expect(new Set(door.producers).size).toBe(1);
  expect(door.producers[0]).toMatch(UUID);
});

test.each([true, false])(
  'one whose answer is lost is stored once when it is sent again; stored before: %j',
  async (isStored) => {
    const { door, sending } = rig();
    await sending.send({ message: 'before' });
    door.answers.push({ isStored, error: SILENCE });
    await expect(sending.send({ message: 'once', topic: 't' })).rejects.toBe(SILENCE);
    expect(await sending.send({ message: 'once', topic: 't' })).toMatchObject({
      duplicates: isStored ? 1 : 0,
    });
    await sending.send({ message: 'behind' });
    expect(door.stored).toEqual(['before', 'once', 'behind']);
  },
);

test.each([true, false])(
  'another one after a failure is stored, whatever became of the first: stored %j',
  async (isStored) => {
    const { door, sending } = rig();
    door.answers.push({ isStored, error: SILENCE });
    await expect(sending.send({ message: 'first' })).rejects.toBe(SILENCE);
    for (const item of [{ message: 'first', topic: 'other' }, { message: 'second' }])
      expect(await sending.send(item)).toMatchObject({ accepted: 1 });
    expect(door.stored).toEqual([...(isStored ? ['first'] : []), 'first', 'second']);
  },
);

test('numbers that the server does not know begin anew', async () => {
  const { door, sending } = rig();
  for (const message of ['a', 'b']) await sending.send({ message });
  door.forget();
  expect(await sending.send({ message: 'c' })).toMatchObject({ accepted: 1 });
  expect(door.stored).toEqual(['a', 'b', 'c']);
});

test('where there are too many producers a message goes without a number', async () => {
  const { door, sending } = rig();
  door.answers.push({ isStored: false, error: refusal('producer.too_many') });
  expect(await sending.send({ message: 'a' })).toMatchObject({ accepted: 1 });
  expect(door.producers).toEqual([undefined]);
});

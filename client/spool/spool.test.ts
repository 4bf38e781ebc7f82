import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeProducerServer, type Fate } from './fake-producer-server.js';
import { segmentsIn, statesIn } from './format/file-names.js';
import { item, openOn, shipAll } from '../tests/support/fake-spool.js';
import { FakeSpoolFiles } from './storage/fake-spool-files.js';

function nextOf<T>(stream: fc.Stream<T>): T {
  const { value } = stream.next() as { value: T };
  return value;
}

const fates = fc.constantFrom<Fate>('answered', 'lost', 'answer lost', 'half stored');
const action = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('ship' as const), steps: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('crash' as const), after: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);

describe('a spool', () => {
  test('brings each message to the server exactly once and in order, whatever fails when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 1, maxLength: 25 }),
        fc.infiniteStream(fates),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (actions, fateStream, kept) => {
          const files = new FakeSpoolFiles();
          let isCalm = false;
          const server = new FakeProducerServer(() => (isCalm ? 'answered' : nextOf(fateStream)));
          const added: string[] = [];
          const certain = new Set<string>();
          const warnings: string[] = [];
          let spool = await openOn(files, { warnings });
          let shipper = spool.shipTo(server);
          let isCut = false;
          const reopen = async (): Promise<void> => {
            files.restart(() => nextOf(kept));
            spool = await openOn(files, { warnings });
            shipper = spool.shipTo(server);
            isCut = false;
          };
          for (const one of actions) {
            try {
              if (one.kind === 'crash') {
                files.cutPowerAfter(one.after);
                isCut = true;
              } else if (one.kind === 'reopen') await reopen();
              else if (one.kind === 'ship') for (let i = 0; i < one.steps; i += 1) await shipper.step();
              else {
                const messages = Array.from(
                  { length: one.count },
                  (_, i) => `${String(added.length + i)}-${'x'.repeat(200)}`,
                );
                added.push(...messages);
                await spool.writer.add(messages.map((message) => ({ items: [item(message)] })));
                for (const message of messages) certain.add(message);
              }
            } catch (error) {
              if (!isCut) throw error;
              await reopen();
            }
          }
          await reopen();
          isCalm = true;
          await shipAll(spool, server);
          // What was never acknowledged to be in the spool may be there or not; nothing is there twice or out of order.
          const stored = new Set(server.stored);
          expect(server.stored).toEqual(
            added.filter((message) => certain.has(message) || stored.has(message)),
          );
          expect(warnings).toEqual([]);
        },
      ),
      { numRuns: process.env['GATHERD_TEST_LONG'] === '1' ? 5_000 : 300 },
    );
  });

  test('that several processes write and ship at once loses and repeats nothing', async () => {
    const files = new FakeSpoolFiles();
    const server = new FakeProducerServer();
    const spools = await Promise.all(Array.from({ length: 6 }, () => openOn(files)));
    const work = spools.map(async (spool, who) => {
      const shipper = spool.shipTo(server);
      for (let i = 0; i < 60; i += 1) {
        await spool.writer.add([{ items: [item([who, i, 'x'.repeat(300)])] }]);
        await shipper.step();
      }
    });
    await Promise.all(work);
    await shipAll(await openOn(files), server);
    expect(server.stored).toHaveLength(360);
    for (const who of spools.keys()) {
      const own = (server.stored as [number, number][]).filter(([one]) => one === who);
      expect(own.map(([, i]) => i)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    }
  });

  test('cut at any byte opens and holds the first of its messages', async () => {
    const files = new FakeSpoolFiles();
    const spool = await openOn(files);
    for (const message of ['one', 'two', 'drei ü', '']) await spool.writer.add([{ items: [item(message)] }]);
    const [segment] = segmentsIn(await files.list());
    const bytes = Buffer.from(files.bytesOf(segment?.name ?? ''));
    for (let end = 0; end <= bytes.length; end += 1) {
      const cut = new FakeSpoolFiles();
      await cut.create(segment?.name ?? '', bytes.subarray(0, end));
      const opened = await openOn(cut);
      await opened.writer.add([{ items: [item('after')] }]);
      const server = new FakeProducerServer();
      await shipAll(opened, server);
      expect(server.stored.at(-1)).toBe('after');
      expect(['one', 'two', 'drei ü', '', 'after'].slice(0, server.stored.length - 1)).toEqual(
        server.stored.slice(0, -1),
      );
    }
  });

  test('with a flipped bit anywhere delivers all that is whole, and says what is lost', async () => {
    const files = new FakeSpoolFiles();
    const spool = await openOn(files);
    const messages = Array.from({ length: 6 }, (_, i) => `message ${String(i)}`);
    for (const message of messages) await spool.writer.add([{ items: [item(message)] }]);
    const [segment] = segmentsIn(await files.list());
    const bytes = Buffer.from(files.bytesOf(segment?.name ?? ''));
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const damaged = new FakeSpoolFiles();
      await damaged.create(segment?.name ?? '', flipped);
      const opened = await openOn(damaged);
      await opened.writer.add([{ items: [item('after')] }]);
      const server = new FakeProducerServer();
      await shipAll(opened, server);
      expect(server.stored.at(-1)).toBe('after');
      expect(server.stored.length).toBeGreaterThanOrEqual(5);
      expect(messages.filter((message) => server.stored.includes(message))).toEqual(
        server.stored.slice(0, -1),
      );
      const { counts } = (await opened.states.read()).state;
      // The last one, with nothing after it when it was opened, cannot be told from one that was torn.
      if (!server.stored.includes('message 5')) continue;
      expect(counts.lost).toBe(7 - server.stored.length);
    }
  });

  test('takes new numbers where the server has forgotten, and says so', async () => {
    const files = new FakeSpoolFiles();
    const warnings: string[] = [];
    const server = new FakeProducerServer();
    const spool = await openOn(files, { warnings });
    await spool.writer.add([{ items: [item('one')] }]);
    await shipAll(spool, server);
    server.forget();
    await spool.writer.add([{ items: [item('two')] }]);
    await shipAll(spool, server);
    expect(server.stored).toEqual(['one', 'two']);
    expect(warnings).toEqual([expect.stringContaining('forgotten')]);
  });

  test('keeps aside what is refused for good, and goes on with the rest', async () => {
    const files = new FakeSpoolFiles();
    const server = new FakeProducerServer();
    server.refuses = (message) => message === 'bad';
    const spool = await openOn(files);
    await spool.writer.add(['a', 'bad', 'b', 'bad', 'c'].map((message) => ({ items: [item(message)] })));
    await shipAll(spool, server);
    expect(server.stored).toEqual(['a', 'b', 'c']);
    expect((await spool.states.read()).state.counts).toMatchObject({ delivered: 3, rejected: 2 });
    const aside = files.bytesOf('rejected.ndjson').toString().split('\n').filter(Boolean);
    expect(aside.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { position: 2, reason: 'no', item: { message: 'bad' } },
      { position: 4 },
    ]);
  });

  test('that is full drops the oldest that was never sent, and counts them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fates), fc.integer({ min: 0, max: 4 }), async (fateStream, pace) => {
        const files = new FakeSpoolFiles();
        let isCalm = false;
        const server = new FakeProducerServer(() => (isCalm ? 'answered' : nextOf(fateStream)));
        const spool = await openOn(files, { maxBytes: 16 * 1024, whenFull: 'drop-oldest' });
        const shipper = spool.shipTo(server);
        for (let i = 0; i < 150; i += 1) {
          await spool.writer.add([{ items: [item([i, 'x'.repeat(300)])] }]);
          if (pace > 0 && i % (pace * 10) === 0) await shipper.step();
        }
        isCalm = true;
        await shipAll(spool, server);
        const { counts } = (await spool.states.read()).state;
        const numbers = (server.stored as [number][]).map(([i]) => i);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(counts).toMatchObject({ lost: 0, dropped: 150 - numbers.length });
        expect(numbers.at(-1)).toBe(149);
      }),
      { numRuns: 50 },
    );
  });

  test('that is full refuses where it is told to, and takes again once there is room', async () => {
    const files = new FakeSpoolFiles();
    const spool = await openOn(files, { maxBytes: 16 * 1024, whenFull: 'fail' });
    const add = (): Promise<unknown> => spool.writer.add([{ items: [item('x'.repeat(1_000))] }]);
    await expect(async () => {
      for (let i = 0; i < 30; i += 1) await add();
    }).rejects.toMatchObject({ kind: 'full' });
    await shipAll(spool, new FakeProducerServer());
    await add();
  });

  test('keeps few files once all is delivered', async () => {
    const files = new FakeSpoolFiles();
    const spool = await openOn(files, { maxBytes: 256 * 1024 });
    for (let i = 0; i < 100; i += 1) await spool.writer.add([{ items: [item('x'.repeat(1_000))] }]);
    await shipAll(spool, new FakeProducerServer());
    const names = await files.list();
    expect(segmentsIn(names)).toHaveLength(1);
    expect(statesIn(names).length).toBeLessThanOrEqual(3);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeProducerServer, type Fate } from './fake-producer-server.js';
import { statesIn } from './format/file-names.js';
import { item, openOn, shipAll } from '../tests/support/fake-spool.js';
import { FakeSpoolFiles } from './storage/fake-spool-files.js';

const fates = fc.constantFrom<Fate>('answered', 'answered', 'lost', 'answer lost', 'half stored');

/** What became of a spool whose newest files of the state were damaged. */
interface Outcome {
  readonly added: readonly string[];
  readonly stored: readonly unknown[];
  readonly warnings: readonly string[];
}

function flip(files: FakeSpoolFiles, name: string, at: number): void {
  const bytes = files.bytesOf(name);
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (at % 8));
}

/** Adds and ships in turns, then damages the newest files, then ships all that is left. */
async function runThrough(
  turns: readonly { readonly count: number; readonly steps: number }[],
  nextFate: () => Fate,
  damage: (files: FakeSpoolFiles) => Promise<void>,
): Promise<Outcome> {
  const files = new FakeSpoolFiles();
  const server = new FakeProducerServer(nextFate);
  server.refuses = (message) => String(message).startsWith('bad');
  const added: string[] = [];
  const spool = await openOn(files);
  const shipper = spool.shipTo(server);
  for (const { count, steps } of turns) {
    for (let i = 0; i < count; i += 1) {
      const number = String(added.length);
      added.push(`${added.length % 7 === 3 ? 'bad' : 'good'} ${number} ${'x'.repeat(150)}`);
    }
    await spool.writer.add(added.slice(-count).map((message) => ({ items: [item(message)] })));
    for (let i = 0; i < steps; i += 1) await shipper.step();
  }
  await damage(files);
  const warnings: string[] = [];
  const opened = await openOn(files, { warnings });
  await opened.writer.add([{ items: [item('after')] }]);
  await shipAll(opened, server);
  return { added: [...added, 'after'], stored: server.stored, warnings };
}

function expectAtLeastOnce({ added, stored, warnings }: Outcome): void {
  expect(new Set(stored)).toEqual(new Set(added.filter((message) => !message.startsWith('bad'))));
  if (stored.length > new Set(stored).size) expect(warnings).toContainEqual(expect.stringContaining('again'));
}

describe('a spool whose newest state is damaged', () => {
  test('at any byte delivers all, and says that something may be sent again', async () => {
    const turns = [
      { count: 12, steps: 9 },
      { count: 9, steps: 4 },
    ];
    let length = 1;
    for (let at = 0; at < length; at += 1) {
      const outcome = await runThrough(
        turns,
        () => 'answered',
        async (files) => {
          const newest = statesIn(await files.list()).at(-1)?.name ?? '';
          length = files.bytesOf(newest).length;
          flip(files, newest, at);
        },
      );
      expectAtLeastOnce(outcome);
      expect(outcome.warnings).toContainEqual(expect.stringContaining('damaged'));
    }
    expect(length).toBeGreaterThan(100);
  });

  test('or several of them, after whatever has failed, delivers all and says so', async () => {
    const turn = fc.record({
      count: fc.integer({ min: 1, max: 30 }),
      steps: fc.integer({ min: 0, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(turn, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fates),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        async (turns, fateStream, damaged, at) => {
          let isCalm = false;
          const nextFate = (): Fate => (isCalm ? 'answered' : (fateStream.next() as { value: Fate }).value);
          const outcome = await runThrough(turns, nextFate, async (files) => {
            isCalm = true;
            for (const { name } of statesIn(await files.list()).slice(-damaged)) flip(files, name, at);
          });
          expectAtLeastOnce(outcome);
        },
      ),
      { numRuns: process.env['GATHERD_TEST_LONG'] === '1' ? 5_000 : 300 },
    );
  });
});

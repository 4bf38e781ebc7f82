import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { bulkHeaders, sendBulk } from './support/bulk-client.js';
import { readWholeDump } from './support/dump-records.js';
import { fieldsOf, GatherClient, loginTo } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { InProcessGatherd, MAIN_DOORS } from './support/in-process-gatherd.js';
import { IS_LONG } from './support/machine.js';
import { problemsOfProducers } from './support/oracle.js';
import { temporaryDirectory } from './support/temporary-directory.js';

const ID = '5bd5f59e-9f4f-4a0c-8a3e-3c0cba0e6e54';
const OTHER_ID = '5bd5f59e-9f4f-4a0c-8a3e-3c0cba0e6e55';

const disposed: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of disposed.splice(0)) await each[Symbol.asyncDispose]();
});

/** The message with a number: what it is must not depend on who sends it when. */
function messagesFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `message ${String(first + index)}`);
}

function linesFrom(first: number, count: number): string {
  return messagesFrom(first, count)
    .map((message) => `${JSON.stringify({ message })}\n`)
    .join('');
}

describe.each(MAIN_DOORS)('producers (door: %s)', (door) => {
  async function start(env: Readonly<Record<string, string>> = {}) {
    const gatherd = await InProcessGatherd.start(env);
    disposed.push(gatherd);
    const server = { port: Number(new URL(gatherd.url(door)).port) };
    return { gatherd, server, token: await loginTo(server, 'dale') };
  }

  test('what is next is written, what is lower is a duplicate, a gap names what is expected', async () => {
    const { gatherd, server, token } = await start();
    const send = async (first: number, count: number) => {
      const reply = await sendBulk(server, token, linesFrom(first, count), { producer: { id: ID, first } });
      const { accepted, duplicates, last, code, expected, number } = fieldsOf(reply);
      return [
        reply.status,
        accepted,
        duplicates,
        last,
        ...(code === undefined ? [] : [code, expected, number]),
      ];
    };
    expect(await send(2, 1)).toEqual([409, 0, 0, null, 'producer.gap', 1, 2]);
    expect(await send(1, 3)).toEqual([200, 3, 0, 3]);
    expect(await send(1, 3)).toEqual([200, 0, 3, null]);
    expect(await send(2, 4)).toEqual([200, 2, 2, 5]);
    expect(await send(7, 2)).toEqual([409, 0, 0, null, 'producer.gap', 6, 7]);
    expect(await send(6, 0)).toEqual([200, 0, 0, null]);
    expect(await send(6, 1)).toEqual([200, 1, 0, 6]);
    const records = await gatherd.records();
    expect(records.map(({ message, number, producer }) => [message, number, producer])).toEqual(
      messagesFrom(1, 6).map((message, index) => [message, index + 1, ID]),
    );
  });

  test('a MESSAGE with a number follows the same rules, in the form of contract 1', async () => {
    const { gatherd, server, token } = await start();
    using client = new GatherClient(server);
    const send = async (number: number, message: unknown, producer: string = ID) => {
      const reply = await client.post('/', { message_type: 'MESSAGE', token, message, producer, number });
      return [reply.status, fieldsOf(reply)['status_message']];
    };
    const received = [201, 'Message Received from dale'];
    const gap = 'Number 1 is expected next from this producer, not 3';
    expect(await send(3, 'three')).toEqual([409, gap]);
    expect(await send(1, ['message 1', 'message 2'])).toEqual(received);
    expect(await send(2, 'message 2', ID.toUpperCase())).toEqual(received);
    expect(await send(2, ['message 2', 'message 3'])).toEqual(received);
    await sendBulk(server, token, linesFrom(3, 2), { producer: { id: ID, first: 3 } });
    expect(await send(4, ['message 4', 'message 5'])).toEqual(received);
    expect((await gatherd.records()).map(({ message }) => message)).toEqual(messagesFrom(1, 5));
    for (const [number, producer, problem] of [
      [0, ID, /^Invalid 'number'/],
      [1.5, ID, /^Invalid 'number'/],
      [1, 'x', /^Invalid 'producer'/],
    ] as const) {
      const [status, text] = await send(number, 'x', producer);
      expect([status, text]).toEqual([400, expect.stringMatching(problem)]);
    }
    for (const one of [{ producer: ID }, { number: 6 }])
      expect(await client.post('/', { message_type: 'MESSAGE', token, message: 'x', ...one })).toMatchObject({
        status: 400,
      });
  });

  test('of the same messages sent at once on many connections each is written once', async () => {
    const { gatherd, server, token } = await start();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        sendBulk(server, token, linesFrom(1, 50), { producer: { id: ID, first: 1 } }),
      ),
    );
    const accepted = replies.map((reply) => Number(fieldsOf(reply)['accepted']));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(accepted.reduce((sum, count) => sum + count, 0)).toBe(50);
    expect((await gatherd.records()).map(({ message }) => message)).toEqual(messagesFrom(1, 50));
  });

  test("another user's producer of the same name is another one, and nobody sees it", async () => {
    const { gatherd, server, token } = await start();
    const audrey = await loginTo(server, 'audrey');
    await sendBulk(server, token, linesFrom(1, 3), { producer: { id: ID, first: 1 } });
    const reply = await sendBulk(server, audrey, linesFrom(1, 1), { producer: { id: ID, first: 1 } });
    expect(fieldsOf(reply)).toMatchObject({ accepted: 1, duplicates: 0 });
    using client = new GatherClient(server);
    const last = async (of: string, id: string) => {
      const headers = { Authorization: `Bearer ${of}` };
      return fieldsOf(await client.send(`/v1/producers/${id}`, undefined, { method: 'GET', headers }));
    };
    expect(await last(token, ID)).toEqual({ producer: ID, last: 3 });
    expect(await last(audrey, ID.toUpperCase())).toEqual({ producer: ID, last: 1 });
    expect(await last(token, OTHER_ID)).toEqual({ producer: OTHER_ID, last: 0 });
    expect(await last(token, 'nonsense')).toMatchObject({ status: 400, code: 'request.invalid_field' });
    expect(fieldsOf(await client.send(`/v1/producers/${ID}`, undefined, { method: 'GET' }))).toMatchObject({
      code: 'token.missing',
    });
    expect(await gatherd.records()).toHaveLength(4);
  });

  test('a user has no more producers than the limit, until one is idle for long; others are not affected', async () => {
    const { gatherd, server, token } = await start({
      GATHERD_MAX_PRODUCERS_PER_USER: '2',
      GATHERD_PRODUCER_IDLE: '3600',
      GATHERD_TOKEN_TTL: '86400',
    });
    const audrey = await loginTo(server, 'audrey');
    const send = async (id: string, of = token, first = 1) => {
      const reply = await sendBulk(server, of, linesFrom(first, 1), { producer: { id, first } });
      return [reply.status, fieldsOf(reply)['code'], reply.headers['retry-after']];
    };
    const third = ID.replace(/54$/, '56');
    expect(await Promise.all([send(ID), send(OTHER_ID)])).toEqual(
      [[200], [200]].map((each) => [...each, undefined, undefined]),
    );
    expect(await send(third)).toEqual([429, 'producer.too_many', '60']);
    expect(await send(ID, token, 2)).toEqual([200, undefined, undefined]);
    expect(await send(third, audrey)).toEqual([200, undefined, undefined]);
    gatherd.clock.advance(3_601_000);
    expect(await send(third)).toEqual([200, undefined, undefined]);
  });

  test('a stream that reaches a gap of another stream of its numbers ends there', async () => {
    const { gatherd, server, token } = await start();
    const [one, two] = await Promise.all([
      sendBulk(server, token, linesFrom(1, 2000), { producer: { id: ID, first: 1 } }),
      sendBulk(server, token, linesFrom(1001, 2000), { producer: { id: ID, first: 1001 } }),
    ]);
    expect(one.status).toBe(200);
    expect([200, 409]).toContain(two.status);
    const records = await gatherd.records();
    expect(records.map(({ number }) => number)).toEqual(records.map((_record, index) => index + 1));
    expect(records).toHaveLength(two.status === 200 ? 3000 : 2000);
  });
});

interface Model {
  last: number;
}
interface Real {
  server: GatherdProcess | ServedGatherd;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly token: string;
}

class Send implements fc.AsyncCommand<Model, Real> {
  readonly #first: number;
  readonly #count: number;
  readonly #copies: number;
  readonly #isMessage: boolean;

  constructor(offset: number, count: number, copies: number, isMessage: boolean) {
    [this.#first, this.#count, this.#copies, this.#isMessage] = [offset, count, copies, isMessage];
  }

  check = (): boolean => true;

  async run(model: Model, { server, token }: Real): Promise<void> {
    const first = Math.max(1, model.last + 1 + this.#first);
    const copies = Array.from({ length: this.#copies }, () => this.#send(server, token, first));
    const stored = (await Promise.all(copies)).reduce((sum, count) => sum + count, 0);
    const isGap = first > model.last + 1;
    const expected = isGap ? 0 : Math.max(0, first + this.#count - 1 - model.last);
    expect(stored).toBe(expected);
    model.last += expected;
  }

  async #send(server: Real['server'], token: string, first: number): Promise<number> {
    const before = await this.#last(server, token);
    if (this.#isMessage) {
      using client = new GatherClient(server);
      const message = messagesFrom(first, this.#count);
      const fields = { message_type: 'MESSAGE', token, message, producer: ID, number: first };
      const { status } = await client.post('/', fields);
      expect([201, 409]).toContain(status);
      // The answer does not tell; nor do several of them at once.
      return this.#copies > 1 ? Number.NaN : (await this.#last(server, token)) - before;
    }
    const reply = await sendBulk(server, token, linesFrom(first, this.#count), {
      producer: { id: ID, first },
    });
    expect([200, 409]).toContain(reply.status);
    return Number(fieldsOf(reply)['accepted']);
  }

  async #last(server: Real['server'], token: string): Promise<number> {
    using client = new GatherClient(server);
    const options = { method: 'GET', headers: bulkHeaders(token) };
    return Number(fieldsOf(await client.send(`/v1/producers/${ID}`, undefined, options))['last']);
  }

  toString = (): string =>
    `send(${String(this.#first)}, ${String(this.#count)}, ${String(this.#copies)}x${this.#isMessage ? ', MESSAGE' : ''})`;
}

const LOST = ['checkpoint', 'manifest', 'last-seq', 'nothing'] as const;

/** Ends the server, by kill -9 where it is a process, and starts another one. */
class Restart implements fc.AsyncCommand<Model, Real> {
  readonly #isProcess: boolean;
  readonly #lost: (typeof LOST)[number];

  /** @param isProcess - whether the next server is a process */
  constructor(isProcess: boolean, lost: (typeof LOST)[number]) {
    [this.#isProcess, this.#lost] = [isProcess, lost];
  }

  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    await end(real.server);
    const path = `${real.dataDir}/dump.${real.env['GATHERD_DUMP_FORMAT'] ?? 'ndjson'}.${this.#lost}`;
    await rm(path, { force: true });
    real.server = await (this.#isProcess ? GatherdProcess : ServedGatherd).start(real);
    using client = new GatherClient(real.server);
    const options = { method: 'GET', headers: bulkHeaders(real.token) };
    const reply = await client.send(`/v1/producers/${ID}`, undefined, options);
    expect(fieldsOf(reply)).toEqual({ producer: ID, last: model.last });
  }

  toString = (): string => `restart(${this.#isProcess ? 'a process' : 'here'}, lost ${this.#lost})`;
}

async function end(server: Real['server']): Promise<void> {
  await (server instanceof GatherdProcess ? server.stop('SIGKILL') : server.stop());
}

test.each([
  { format: 'ndjson', compression: 'none' },
  { format: 'ndjson', compression: 'gzip' },
  { format: 'csv', compression: 'none' },
])(
  'whatever is sent and however the server ends, each number is in the $format dump ($compression) once and in order',
  async ({ format, compression }) => {
    const commands = fc.commands(
      [
        fc
          .tuple(
            fc.integer({ min: -6, max: 2 }),
            fc.integer({ min: 1, max: 400 }),
            fc.integer({ min: 1, max: 3 }),
          )
          .map(([offset, count, copies]) => new Send(offset, count, copies, false)),
        fc
          .tuple(fc.integer({ min: -3, max: 1 }), fc.integer({ min: 1, max: 5 }))
          .map(([offset, count]) => new Send(offset, count, 1, true)),
        fc
          // A process takes ten times as long as one that runs here.
          .tuple(fc.constantFrom(true, false, ...(IS_LONG ? [] : [false])), fc.constantFrom(...LOST))
          .map(([isProcess, lost]) => new Restart(isProcess, lost)),
      ],
      { size: 'max', maxCommands: IS_LONG ? 60 : 24 },
    );
    await fc.assert(
      fc.asyncProperty(commands, (all) => runModel(all, format, compression)),
      { numRuns: IS_LONG ? 20 : 1, endOnFailure: true },
    );
  },
  IS_LONG ? 1_200_000 : 180_000,
);

async function runModel(
  commands: Iterable<fc.AsyncCommand<Model, Real>>,
  format: string,
  compression: string,
) {
  await using directory = await temporaryDirectory();
  const env = {
    GATHERD_DUMP_FORMAT: format,
    GATHERD_SEGMENT_BYTES: '64KiB',
    GATHERD_SEGMENT_COMPRESSION: compression,
    GATHERD_TOKEN_TTL: '86400',
    GATHERD_LOG_LEVEL: 'error',
  };
  const options = { dataDir: directory.path, env };
  const server = await GatherdProcess.start(options);
  const real: Real = { server, ...options, token: await loginTo(server, 'dale') };
  const model = { last: 0 };
  try {
    await fc.asyncModelRun(() => ({ model, real }), commands);
  } finally {
    await end(real.server);
  }
  const problems: string[] = [];
  const records = await readWholeDump(`${directory.path}/dump.${format}`, problems);
  expect([...problems, ...problemsOfProducers(records)]).toEqual([]);
  expect(records.map(({ message }) => message)).toEqual(messagesFrom(1, model.last));
}

import { Request } from 'zeromq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatherdProcess } from './support/gatherd-process.js';
import { RawConnection } from './support/raw-connection.js';
import { until } from './support/until.js';
import { PATIENCE_MS } from './support/patience.js';

const ROUNDS = 15;
/** Where the machine is busy. */
const MOST_ROUNDS = 60;
const PASSWORD = 'damn fine coffee';
const GATEWAYS = ['--zmq', 'tcp://127.0.0.1:0', '--credentials', '127.0.0.1:0'];

let gatherd: GatherdProcess;
let client: Request;

beforeAll(async () => {
  gatherd = await GatherdProcess.start({ args: GATEWAYS });
  const user = { username: 'dale', email: 'dale@fbi.example', password: PASSWORD };
  expect(await post('/v1/account', user)).toBe(201);
  await post('/', { message_type: 'IDENTIFY', username: 'dale' });
  client = new Request({ linger: 0, receiveTimeout: PATIENCE_MS });
  client.connect(await addressOf('zmq'));
});

afterAll(async () => {
  client.close();
  await gatherd[Symbol.asyncDispose]();
});

const addressOf = (name: string) =>
  until(
    'the gateway is open',
    () => new RegExp(`Gateway ${name} listens on (\\S+)`).exec(gatherd.output)?.[1],
  );

async function post(path: string, body: object): Promise<number> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${gatherd.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status;
}

const DOORS: Readonly<Record<string, (username: string) => Promise<unknown>>> = {
  'a login by name': (username) => post('/v1/sessions', { username, password: 'x' }),
  'a login by address': (username) =>
    post('/v1/sessions', { username: `${username}@fbi.example`, password: 'x' }),
  AUTHENTICATE: (username) => post('/', { message_type: 'AUTHENTICATE', username, password: 'x' }),
  'the gateway of the users service': async (username) => {
    await client.send(JSON.stringify({ action: 'login', credentials: { username, password: 'x' } }));
    return client.receive();
  },
  'the credentials gateway': async (username) => {
    using connection = await RawConnection.open(await addressOf('credentials'));
    return await connection.end(`LOGIN\n${username}\nx\n`);
  },
};

// Without the work that is done for nobody the unknown one would take a tenth of the time or less.
test.each(Object.entries(DOORS))(
  'a wrong password at %s takes as long for somebody as for nobody, give or take',
  async (_name, tryAs) => {
    const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
    // Whatever else the machine does only adds to the fastest.
    const ratio = () => Math.min(...times.unknown) / Math.min(...times.known);
    const isClose = () => ratio() > 0.5 && ratio() < 2;
    await tryAs('dale');
    await tryAs('nobody');
    for (let round = 0; round < ROUNDS || (round < MOST_ROUNDS && !isClose()); round += 1) {
      times.known.push(await timeOf(() => tryAs('dale')));
      times.unknown.push(await timeOf(() => tryAs(`nobody-${String(round)}`)));
    }
    expect(ratio()).toBeGreaterThan(0.5);
    expect(ratio()).toBeLessThan(2);
  },
);

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

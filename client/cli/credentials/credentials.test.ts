import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InProcessGather } from '../../tests/support/run-gather.js';
import { unusedAddress } from '../../tests/support/raw-server.js';

let gather: InProcessGather;

beforeEach(async () => {
  gather = await InProcessGather.create();
});

afterEach(async () => {
  await gather[Symbol.asyncDispose]();
});

interface CredentialsServer extends AsyncDisposable {
  readonly address: string;
  /** What came over each connection. */
  readonly seen: readonly string[];
}

// Behaves with each connection as it is told, once as many lines have come as its first one asks for.
async function startCredentials(
  behave: (socket: Socket, lines: readonly string[]) => void,
): Promise<CredentialsServer> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const lines = text.split('\n').slice(0, -1);
      if (lines.length < (lines[0] === 'DELETE' ? 2 : 3)) return;
      seen.push(text);
      behave(socket, lines);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('the menu', () => {
  test('makes each request over a connection of its own, and shows the reply', async () => {
    await using server = await startCredentials((socket, [verb = '']) => socket.end(`reply to ${verb}`));
    const input = ['1', 'dale', 'pass', '2', 'leo', 'x', '3', 'leo', ' y ', '4', 'leo', '9', '5', ''].join(
      '\n',
    );
    const { exitCode, stdout } = await gather.run(['credentials', server.address], { input });
    expect(exitCode).toBe(0);
    expect(server.seen).toEqual([
      'LOGIN\ndale\npass\n',
      'ADD\nleo\nx\n',
      'UPDATE\nleo\n y \n',
      'DELETE\nleo\n',
    ]);
    for (const verb of ['LOGIN', 'ADD', 'UPDATE', 'DELETE']) expect(stdout).toContain(`reply to ${verb}\n`);
    expect(stdout).toContain('a number from 1 to 5');
    expect(stdout).not.toContain('pass\n');
  });

  test('does not show a password that is typed on a terminal', async () => {
    await using server = await startCredentials((socket) => socket.end('Login successful'));
    const answers = ['1', 'dale', 'hush-hush', '5'];
    const { exitCode, stdout, stderr } = await gather.run(['credentials', server.address], { answers });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Login successful');
    expect(stdout + stderr).not.toContain('hush');
  });

  test.each([['1'], ['1\ndale'], ['']])('ends with its input, at whatever question: %j', async (input) => {
    expect((await gather.run(['credentials', '127.0.0.1:1'], { input })).exitCode).toBe(0);
  });

  test.each([
    [
      'closes without a word',
      (socket: Socket) => socket.end(),
      'the connection was closed. If it speaks TLS, give --ca or --pin\n',
    ],
    ['answers in TLS', (socket: Socket) => socket.end('\u0015\u0003\u0003'), 'If it speaks TLS'],
    [
      'talks without end',
      (socket: Socket) => socket.write('x'.repeat(10_000)),
      'no reply of a credentials service',
    ],
    ['says nothing', () => undefined, 'no answer in time'],
  ])('says so where the service %s, and goes on', async (_, behave, said) => {
    await using server = await startCredentials(behave);
    const input = '1\ndale\npass\n5\n';
    const { exitCode, stdout } = await gather.run(['credentials', server.address, '--timeout', '0.5'], {
      input,
    });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(said)]);
  });

  test('says what to give where it wants a certificate', async () => {
    const refusal = 'The client certificate is refused: none was sent';
    await using server = await startCredentials((socket) => socket.end(`${refusal}\n`));
    const { stdout } = await gather.run(['credentials', server.address], { input: '4\ndale\n5\n' });
    expect(stdout).toContain(`${refusal}. Give --cert and --key\n`);
  });

  test('says so where nobody listens, and what a service says does nothing to the terminal', async () => {
    const nobody = (await unusedAddress()).replace('http://', '');
    const input = '4\ndale\n5\n';
    expect((await gather.run(['credentials', nobody], { input })).stdout).toContain(`Cannot reach ${nobody}`);
    await using server = await startCredentials((socket) => socket.end('\u001b[2Jboo'));
    expect((await gather.run(['credentials', server.address], { input })).stdout).toContain('\\u001b[2Jboo');
  });
});

test.each([['a b'], [':1'], ['host:99999'], ['http://host:1']])(
  '%j is no address of a service',
  async (address) => {
    expect((await gather.run(['credentials', address])).exitCode).toBe(2);
  },
);

import { once } from 'node:events';
import { connect as connectPlainly } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gone, TlsIdentityRig } from '../tests/support/tls-identity-rig.js';

let rig: TlsIdentityRig;

beforeEach(async () => {
  rig = await TlsIdentityRig.make();
  // Nobody is closed for being slow.
  await rig.read(undefined, { handshakeMs: 2 ** 30 });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

test('who has said all in mid-handshake has left', async () => {
  const port = await rig.listen('mutual');
  for (const said of [[], [0x16], [0x16, 3, 1, 2, 0], [0x16, 3, 1, 2, 0, 1, 0, 1]]) {
    const raw = connectPlainly({ port, host: '127.0.0.1', allowHalfOpen: true });
    raw.on('error', () => undefined);
    raw.resume().end(Buffer.from(said));
    await once(raw, 'end');
    raw.destroy();
  }
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const client = rig.connect(port, { maxVersion });
    await once(client, 'secureConnect');
    client.destroy();
    await gone(client);
  }
  await rig.allLeft();
});

test('who has said all when secured is still answered', async () => {
  const port = await rig.listen('server');
  for (const [index, maxVersion] of (['TLSv1.2', 'TLSv1.3'] as const).entries()) {
    const client = rig.connect(port, { maxVersion });
    client.allowHalfOpen = true;
    await once(client, 'data');
    client.end();
    const socket = rig.secured[index]?.socket;
    socket?.resume();
    if (socket !== undefined) await once(socket, 'end');
    // In a later turn, as one that waited for the database.
    await new Promise((resolve) => setImmediate(resolve));
    socket?.end('the answer');
    expect(String((await once(client, 'data'))[0])).toBe('the answer');
    client.destroy();
  }
});

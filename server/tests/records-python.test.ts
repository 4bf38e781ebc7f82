import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RecordsRig } from './support/records-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { until } from './support/until.js';

const run = promisify(execFile);
const EXAMPLE = fileURLToPath(new URL('../../docs/examples/employee_records.py', import.meta.url));
/** A certificate that is pinned as it is: self-signed, of localhost. */
const PINNED = fileURLToPath(new URL('support/tls/cert.pem', import.meta.url));
const KEY = fileURLToPath(new URL('support/tls/key.pem', import.meta.url));
const hasPython = spawnSync('python3', ['-c', 'import ssl']).status === 0;

// As the original client does it: one send without a line end, and one read of 1024 bytes.
const ORIGINAL = `
import json, socket, ssl, sys
port, certificate, user, password, asked = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], json.loads(sys.argv[5])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(certificate)
with socket.socket() as plain, context.wrap_socket(plain, server_hostname='localhost') as client:
    client.connect(('localhost', port))
    def ask(request):
        client.sendall(request.encode('utf-8'))
        return client.recv(1024).decode('utf-8')
    session = ask('-//logon: ' + user + ',' + password).split(': ')[1]
    print(json.dumps([ask(session + '//' + request) for request in asked]))
`;

let rig: RecordsRig;

beforeAll(async () => {
  rig = await RecordsRig.open({ GATHERD_TLS_CERT: PINNED, GATHERD_TLS_KEY: KEY });
  await rig.create('dale');
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

test.skipIf(!hasPython)('a client like the original is served (skipped without python3)', async () => {
  const asked = [
    "add: 1,Zoë,O'Brien,1234567,01-31-1999,100",
    'get: 1',
    'update: 1,,,,,200',
    'get: 1',
    'get: 2',
    'delete: 1',
    'get: one',
    'list: 1',
  ];
  const port = rig.address.replace(/^.*:/, '');
  const { stdout } = await run('python3', [
    '-c',
    ORIGINAL,
    port,
    PINNED,
    'dale',
    PASSWORD,
    JSON.stringify(asked),
  ]);
  expect(JSON.parse(stdout)).toEqual([
    'Employee #1 successfully added',
    `(1, 'Zoë', "O'Brien", 1234567, '01-31-1999', 100)`,
    'Employee #1 successfully updated',
    `(1, 'Zoë', "O'Brien", 1234567, '01-31-1999', 200)`,
    'Employee does not exist',
    'Employee #1 successfully deleted',
    'ID must be an integer',
    'Invalid request',
  ]);
  await until('its session has ended', () => rig.services.sessions.count === 0);
});

test.skipIf(!hasPython)('so is the example in Python (skipped without python3)', async () => {
  const { stdout } = await run('python3', [EXAMPLE, rig.address, PINNED, 'dale', PASSWORD]);
  expect(stdout.trim().split(/\r?\n/)).toEqual([
    'Employee #4711 successfully added',
    "(4711, 'Dale', 'Cooper', 12345678, '04-19-1954', 60000)",
    'Employee #4711 successfully updated',
    "(4711, 'Dale', 'Cooper', 12345678, '04-19-1954', 65000)",
    'Employee #4711 successfully deleted',
    'Employee does not exist',
  ]);
});

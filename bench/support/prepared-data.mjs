// A data directory in which a user has its token already. Copies of it begin with the same, empty dump: so each run has
// a fresh server without the login and the database's making.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startGatherd } from './processes.mjs';

/** Whose messages the benchmarks send. */
export const USER = { name: 'bench', password: 'bench' };

/**
 * Makes the directory.
 *
 * @returns the token, and a function that makes a copy under a name and answers its path
 */
export async function prepareData(workspace) {
  const origin = join(workspace, 'origin');
  const server = await startGatherd(origin);
  const token = await authenticate(server.port, USER);
  await server.stop();
  const copy = async (name) => {
    const path = join(workspace, name);
    await cp(origin, path, { recursive: true });
    return path;
  };
  return { token, copy };
}

/** Has a user made, with this password. @returns a token */
export async function authenticate(port, { name: username, password }) {
  await post(port, { message_type: 'IDENTIFY', username });
  const { token } = await post(port, { message_type: 'AUTHENTICATE', username, password });
  return token;
}

async function post(port, body) {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
}

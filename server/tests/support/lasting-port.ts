import { once } from 'node:events';
import { createServer } from 'node:net';

// Below those that a system gives to whoever asks for any port.
const [LOWEST, HIGHEST] = [20_000, 32_000];

/**
 * A port of 127.0.0.1 that nobody listens on, and that nobody is given by the system: what ends on it and starts on it again
 * finds it free, whatever is started meanwhile.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

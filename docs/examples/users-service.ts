// The users service over ZeroMQ: makes a user, logs in, reads it, changes it, logs out.
//
//   npx gatherd --zmq tcp://127.0.0.1:5556
//   npm install zeromq && npx tsx users-service.ts tcp://127.0.0.1:5556
import { Request } from 'zeromq';

interface Reply {
  readonly status: string;
  readonly message?: string;
  readonly session_token?: string;
  readonly user?: Readonly<Record<string, unknown>>;
}

const socket = new Request({ linger: 0, receiveTimeout: 10_000 });
socket.connect(process.argv[2] ?? 'tcp://127.0.0.1:5556');

async function ask(action: string, more: object): Promise<Reply> {
  await socket.send(JSON.stringify({ action, ...more }));
  const [text] = await socket.receive();
  const reply = JSON.parse(String(text)) as Reply;
  if (reply.status !== 'success') throw new Error(`${action}: ${String(reply.message)}`);
  return reply;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const username = process.argv[3] ?? 'audrey';
const password = 'Kirschkuchen um Mitternacht';

const created = await ask('create_user', {
  user_data: { username, email: `${username}@example.org`, password, city: 'Twin Peaks' },
});
say(String(created.message));

const { session_token } = await ask('login', { credentials: { username, password } });
say('Logged in');

const read = await ask('get_user', { session_token });
say(`City: ${String(read.user?.['city'])}`);

const changed = await ask('update_user', { session_token, update_data: { city: 'Seattle' } });
say(`City: ${String(changed.user?.['city'])}`);

say(String((await ask('logout', { session_token })).message));
socket.close();

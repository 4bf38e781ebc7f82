import type { UserCreation } from '../../../protocol/accounts.js';
import { ChatClient, type ChatClientOptions } from './chat-client.js';
import { InProcessGatherd } from './in-process-gatherd.js';
import { PASSWORD } from './services-rig.js';
import { until } from './until.js';

/** A gatherd with its chat gateway, and clients of it. */
export class ChatRig implements AsyncDisposable {
  readonly gatherd: InProcessGatherd;
  readonly #clients: ChatClient[] = [];

  private constructor(gatherd: InProcessGatherd) {
    this.gatherd = gatherd;
  }

  /** @param env - settings as an operator writes them; there is no limit of messages a second unless they say so */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<ChatRig> {
    const all = { GATHERD_CHAT: '127.0.0.1:0', GATHERD_CHAT_RATE: '0', ...env };
    const rig = new ChatRig(await InProcessGatherd.start(all));
    await rig.gatherd.openGateways();
    return rig;
  }

  /** How many are connected to the feed. */
  get connected(): number {
    return this.gatherd.feed.count;
  }

  /** Makes an account. */
  async create(username: string, more: Partial<UserCreation> = {}): Promise<void> {
    const wanted = { username, password: PASSWORD, ...more };
    await this.gatherd.services.registrations.create({ endpoint: 'local', door: 'operator' }, wanted);
  }

  /** Connects, and says nothing. */
  async connect(options: ChatClientOptions = {}): Promise<ChatClient> {
    const client = await ChatClient.open(this.gatherd.gateway('chat'), options);
    this.#clients.push(client);
    return client;
  }

  /** Connects, and waits until the feed has it: what others say from then on comes. */
  async join(firstLine = ''): Promise<ChatClient> {
    const before = this.connected;
    const client = await this.connect();
    if (firstLine !== '') await client.send(`${firstLine}\n`);
    await until('it is in the chat', () => this.connected > before);
    return client;
  }

  /** Logs in by an account that has been made. */
  enter(username: string): Promise<ChatClient> {
    return this.join(`${username} ${PASSWORD}`);
  }

  /** Whether the log has a line of a message with some fields. */
  hasLogged(msg: string, fields: object = {}): boolean {
    return this.gatherd.log.some(
      (line) =>
        line.msg === msg &&
        Object.entries(fields).every(
          ([name, value]) => (line as unknown as Record<string, unknown>)[name] === value,
        ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.gatherd[Symbol.asyncDispose]();
  }
}

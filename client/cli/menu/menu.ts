import type { GatherAnswer } from '../../../protocol/gather-messages.js';
import { isUserName } from '../../../protocol/user-name.js';
import type { GatherApi } from '../../api/gather-api.js';
import { GatherError } from '../../api/gather-error.js';
import { CliError } from '../cli-error.js';
import { isTokenRefused } from '../../api/token-refused.js';
import type { TokenOwner } from '../settings/config-store.js';
import type { LinePrompt } from '../terminal/line-prompt.js';
import type { MenuTokens } from './menu-tokens.js';
import { END_OF_MESSAGES, MENU, MENU_HELP } from './menu-text.js';

export interface MenuOptions {
  /** The base URL of the server to begin with. */
  readonly server: string;
  /** The user to begin with; asked for where it is undefined. */
  readonly user: string | undefined;
  readonly prompt: LinePrompt;
  readonly say: (text: string) => void;
  readonly tokens: MenuTokens;
  /** The way to that server. The menu closes it. */
  readonly api: GatherApi;
  /** The base URL that an address is; undefined where it is none. */
  readonly addressOf: (text: string) => string | undefined;
  /** Opens the way to another server. Rejects with a CliError where what it is trusted by cannot be read. */
  readonly openApi: (server: string) => Promise<GatherApi>;
  /** Keeps the server and user for later commands. */
  readonly rememberDefaults: (owner: TokenOwner) => Promise<void>;
}

type Next = 'stay' | 'leave';

// The end of the input, at whatever question.
class EndOfInput extends Error {}

/** The original's menu: a loop over seven choices that ends with the last of them, or with the input. */
export class Menu implements Disposable {
  readonly #options: MenuOptions;
  #api: GatherApi;
  #server: string;
  #user = '';

  constructor(options: MenuOptions) {
    this.#options = options;
    this.#server = options.server;
    this.#api = options.api;
  }

  /** Runs until the user leaves or the input ends. What the server refuses is shown and does not end it. */
  async run(): Promise<void> {
    try {
      this.#user = this.#options.user ?? (await this.#askUser());
      while ((await this.#step()) === 'stay');
    } catch (error) {
      if (!(error instanceof EndOfInput)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#api[Symbol.dispose]();
  }

  get #owner(): TokenOwner {
    return { server: this.#server, user: this.#user };
  }

  async #step(): Promise<Next> {
    this.#options.say(`\n${this.#user} at ${this.#server}${MENU}`);
    const choice = await this.#ask('Your choice: ');
    try {
      return await this.#choose(choice.trim());
    } catch (error) {
      if (!(error instanceof GatherError || error instanceof CliError)) throw error;
      this.#options.say(error.message);
      return 'stay';
    }
  }

  async #choose(choice: string): Promise<Next> {
    const actions: Readonly<Record<string, () => Promise<void> | void>> = {
      1: () => this.#identify(),
      2: () => this.#authenticate(),
      3: () => this.#sendMessages(),
      4: () => this.#switchUser(),
      5: () => {
        this.#options.say(MENU_HELP);
      },
      6: () => this.#switchServer(),
    };
    if (choice === '7') return 'leave';
    const action = actions[choice];
    if (action === undefined) this.#options.say('Please choose a number from 1 to 7.');
    else await action();
    return 'stay';
  }

  async #identify(): Promise<void> {
    this.#show(await this.#api.identify(this.#user));
    await this.#options.rememberDefaults(this.#owner);
  }

  async #authenticate(): Promise<void> {
    const password = await this.#options.prompt.askHidden('Password: ');
    if (password === undefined) throw new EndOfInput();
    const answer = await this.#api.authenticate(this.#user, password);
    this.#show(answer);
    await this.#options.tokens.keep(this.#owner, answer.token);
    await this.#options.rememberDefaults(this.#owner);
  }

  async #sendMessages(): Promise<void> {
    const token = await this.#options.tokens.find(this.#owner);
    if (token === undefined) {
      this.#options.say('Please authenticate first.');
      return;
    }
    this.#options.say(`Type your messages, "${END_OF_MESSAGES}" to stop.`);
    for (;;) {
      const line = await this.#ask('Message: ');
      if (line === END_OF_MESSAGES || (await this.#sendLine(token, line)) === 'leave') return;
    }
  }

  async #sendLine(token: string, line: string): Promise<Next> {
    try {
      const answer = await this.#api.sendLine(token, line);
      this.#show(answer);
      // 202 says that the line has ended the session.
      if (answer.status_code !== 202) return 'stay';
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      this.#options.say(error.message);
    }
    await this.#options.tokens.forget(this.#owner);
    return 'leave';
  }

  async #switchUser(): Promise<void> {
    this.#user = await this.#askUser();
  }

  async #switchServer(): Promise<void> {
    const address = await this.#ask('Server (host:port): ');
    const server = this.#options.addressOf(address);
    if (server === undefined) {
      this.#options.say(`${JSON.stringify(address)} is no address. Examples: localhost:6174, https://host`);
      return;
    }
    const api = await this.#options.openApi(server);
    this.#api[Symbol.dispose]();
    this.#api = api;
    this.#server = server;
  }

  async #askUser(): Promise<string> {
    for (;;) {
      const name = (await this.#ask('User name: ')).trim();
      if (isUserName(name)) return name;
      this.#options.say('A user name is 1 to 32 letters, digits or marks of any script, or . _ - @ +');
    }
  }

  async #ask(question: string): Promise<string> {
    const line = await this.#options.prompt.ask(question);
    if (line === undefined) throw new EndOfInput();
    return line;
  }

  #show(answer: GatherAnswer): void {
    this.#options.say(answer.status_message);
  }
}

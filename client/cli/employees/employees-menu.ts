import type { LoginAnswer } from '../../../protocol/sessions.js';
import { isUserName } from '../../../protocol/user-name.js';
import type { AccountsApi } from '../../api/accounts/accounts-api.js';
import type { Tagged } from '../../api/accounts/json-requests.js';
import { ANY_VERSION, type EmployeesApi } from '../../api/employees/employees-api.js';
import { GatherError } from '../../api/gather-error.js';
import type { EmployeeView } from '../../../protocol/employees.js';
import { isTokenRefused } from '../../api/token-refused.js';
import {
  agree,
  agreeToSend,
  askChanges,
  askEmployee,
  askField,
  askHiddenLine,
  askLine,
  type Asking,
  EndOfInput,
} from './ask-employee.js';
import { readIfPermitted } from './read-if-permitted.js';
import { ID_FIELD } from './employee-fields.js';
import { nameOfEmployee, wholeEmployeeText } from './employee-text.js';

// The keys are the original's.
const menuText = (quitNote: string) => `
  q  Log out${quitNote}
  1  Request a record
  2  Add a record
  3  Update a record
  4  Delete a record`;

/** A session that was there before the menu. */
export interface SessionAtHand {
  readonly user: string;
  readonly token: string;
  /** What of it is to be known before logging out ends it, as ` (…)`. */
  readonly quitNote: string;
  /** Ends it. Rejects with a GatherError. */
  readonly end: () => Promise<void>;
}

export interface EmployeesMenuOptions {
  readonly asking: Asking;
  readonly accounts: AccountsApi;
  readonly employees: EmployeesApi;
  /** Who logs in; asked for where it is undefined. */
  readonly user: string | undefined;
  /** Opens a session by the client's certificate; undefined where the password is wanted. Left out where there is none to show. */
  readonly logInByCertificate?: (() => Promise<LoginAnswer | undefined>) | undefined;
  /** Goes on with this session instead of a login. */
  readonly atHand: SessionAtHand | undefined;
}

interface MenuSession extends SessionAtHand {
  /** Whether the menu has opened it, and so ends it. */
  readonly isOwn: boolean;
}

/**
 * The menu of contract 3's client: who logs in, then a loop over its choices, that ends with the first of them or with the input.
 * A session that it has opened lives as long as it does.
 */
export class EmployeesMenu {
  readonly #options: EmployeesMenuOptions;
  #session: MenuSession | undefined;

  constructor(options: EmployeesMenuOptions) {
    this.#options = options;
    const { atHand } = options;
    this.#session = atHand === undefined ? undefined : { ...atHand, isOwn: false };
  }

  /** Runs until the user leaves or the input ends. What the server refuses is shown and does not end it. */
  async run(): Promise<void> {
    try {
      if (this.#session !== undefined) this.#say(`Logged in as ${this.#session.user}`);
      while (await this.#step());
    } catch (error) {
      // Without a login nothing that was meant to be done was done.
      if (!(error instanceof EndOfInput) || this.#session === undefined) throw error;
    } finally {
      if (this.#session?.isOwn === true) await this.#session.end().catch(() => undefined);
    }
  }

  // False where the user has logged out.
  async #step(): Promise<boolean> {
    const session = (this.#session ??= await this.#logIn());
    this.#say(menuText(session.quitNote));
    const choice = await askLine(this.#options.asking, 'Your choice: ');
    try {
      if (choice.toLowerCase() === 'q') return await this.#logOut(session);
      await this.#choose(choice, session.token);
    } catch (error) {
      this.#show(error);
      if (isTokenRefused(error)) this.#session = undefined;
    }
    return true;
  }

  async #choose(choice: string, token: string): Promise<void> {
    const actions = new Map<string, () => Promise<void>>([
      ['1', () => this.#request(token)],
      ['2', () => this.#add(token)],
      ['3', () => this.#update(token)],
      ['4', () => this.#delete(token)],
    ]);
    const action = actions.get(choice);
    if (action === undefined) this.#say('Please choose q, or a number from 1 to 4.');
    else await action();
  }

  async #request(token: string): Promise<void> {
    const id = await this.#askId();
    this.#say(wholeEmployeeText((await this.#options.employees.get(token, id)).answer));
  }

  async #add(token: string): Promise<void> {
    const { asking, employees } = this.#options;
    const wanted = await askEmployee(asking, {});
    if (!(await agreeToSend(asking, wanted, 'Add this employee?'))) {
      this.#sayNothingSent();
      return;
    }
    await employees.add(token, wanted);
    this.#say(`Employee #${String(wanted.id)} successfully added`);
  }

  async #update(token: string): Promise<void> {
    const { asking, employees } = this.#options;
    const id = await this.#askId();
    const before = await this.#readIfPermitted(token, id);
    if (before === undefined && !(await this.#agreeToOverwrite())) return;
    const changes = await askChanges(asking, before?.answer);
    const question = `Change employee ${String(id)}${nameOfEmployee(before?.answer)} so?`;
    const isSent = Object.keys(changes).length > 0 && (await agreeToSend(asking, changes, question));
    if (!isSent) {
      this.#sayNothingSent();
      return;
    }
    await employees.change(token, id, changes, before?.etag ?? ANY_VERSION);
    this.#say(`Employee #${String(id)} successfully updated`);
  }

  async #delete(token: string): Promise<void> {
    const id = await this.#askId();
    const before = await this.#readIfPermitted(token, id);
    const whom = `employee ${String(id)}${nameOfEmployee(before?.answer)}`;
    if (!(await agree(this.#options.asking, `This deletes ${whom} for ever. Go on?`))) {
      this.#sayNothingSent();
      return;
    }
    await this.#options.employees.remove(token, id, before?.etag);
    this.#say(`Employee #${String(id)} successfully deleted`);
  }

  async #askId(): Promise<number> {
    return Number(await askField(this.#options.asking, ID_FIELD));
  }

  #readIfPermitted(token: string, id: number): Promise<Tagged<EmployeeView> | undefined> {
    return readIfPermitted(() => this.#options.employees.get(token, id));
  }

  #agreeToOverwrite(): Promise<boolean> {
    this.#say(
      'This account may not read employees: what others have changed meanwhile would be overwritten.',
    );
    return agree(this.#options.asking, 'Go on?');
  }

  async #logIn(): Promise<MenuSession> {
    return (await this.#logInByCertificate()) ?? (await this.#logInByPassword());
  }

  async #logInByCertificate(): Promise<MenuSession | undefined> {
    try {
      const answer = await this.#options.logInByCertificate?.();
      if (answer === undefined) return undefined;
      this.#say(`Logged in as ${answer.user.username}`);
      return this.#opened(answer.user.username, answer.token);
    } catch (error) {
      this.#show(error);
      return undefined;
    }
  }

  async #logInByPassword(): Promise<MenuSession> {
    const { asking, accounts } = this.#options;
    for (;;) {
      const user = this.#options.user ?? (await this.#askUser());
      const password = await askHiddenLine(asking, 'Password: ');
      try {
        const { token } = await accounts.login(user, password);
        return this.#opened(user, token);
      } catch (error) {
        this.#show(error);
      }
    }
  }

  #opened(user: string, token: string): MenuSession {
    return { user, token, quitNote: '', isOwn: true, end: () => this.#options.accounts.logout(token) };
  }

  async #askUser(): Promise<string> {
    const { asking } = this.#options;
    for (;;) {
      const name = await askLine(asking, 'User name: ');
      if (isUserName(name)) return name;
      this.#say('A user name is 1 to 32 letters, digits or marks of any script, or . _ - @ +');
    }
  }

  async #logOut(session: MenuSession): Promise<false> {
    this.#session = undefined;
    await session.end();
    this.#say('Logged out');
    return false;
  }

  #sayNothingSent(): void {
    this.#say('Nothing was sent.');
  }

  // Throws what is no answer.
  #show(error: unknown): void {
    if (!(error instanceof GatherError)) throw error;
    this.#say(error.message);
  }

  #say(text: string): void {
    this.#options.asking.say(text);
  }
}

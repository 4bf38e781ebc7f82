import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { UserCreation } from '../../../protocol/accounts.js';
import { CONSOLE_HEADER } from '../../../protocol/console.js';
import { lastingPort } from '../../../server/tests/support/lasting-port.js';
import { GatherdProcess } from '../../../server/tests/support/gatherd-process.js';
import { ServedGatherd } from '../../../server/tests/support/gatherd-program.js';
import { CHROMIUM, WITHOUT_CHROMIUM } from './chromium.js';
import type { KeptTabs, Tab, TabHolder, TabOptions } from './kept-tabs.js';
import { sharedTabs } from './shared-browser.js';

/** The password of everybody in these tests. */
export const PASSWORD = 'Tannenzapfen im Oktober';

const ADMINISTRATOR = 'admin';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The port of the last server in this process. */
let lastPort: number | undefined;

/** What a rig's server is. */
export interface RigOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the server has a process of its own, so that it can be killed. */
  readonly isProcess?: boolean;
}

/** `describe` for tests in a browser; without one they are skipped, and say so. */
export function describeInBrowser(title: string, tests: () => void): void {
  if (CHROMIUM === undefined) describe.skip(`${title} (skipped: ${WITHOUT_CHROMIUM})`, tests);
  else describe(title, tests);
}

/** Tests of the console of one server. After each its tabs are given back, and no page may have had a problem. */
export function describeWithConsole(
  title: string,
  options: RigOptions,
  tests: (rig: ConsoleRig) => void,
): void {
  describeInBrowser(title, () => {
    const rig = new ConsoleRig(options);
    beforeAll(() => rig.start());
    afterEach(async () => {
      await rig.giveBackTabs();
      expect(rig.forgetProblems()).toEqual([]);
    });
    afterAll(() => rig[Symbol.asyncDispose]());
    tests(rig);
  });
}

interface Running {
  readonly gatherd: GatherdProcess | ServedGatherd;
  readonly tabs: KeptTabs;
  readonly holder: TabHolder;
  readonly token: string;
}

/** A real gatherd with its console and an administrator `admin`, and a browser. */
export class ConsoleRig implements AsyncDisposable {
  readonly #options: RigOptions;
  readonly #problems: string[] = [];
  #dataDir: string | undefined;
  #running: Running | undefined;

  constructor(options: RigOptions = {}) {
    this.#options = options;
  }

  /** Starts the server, and the browser where there is none yet. Rejects, and leaves nothing, where it does not start. */
  async start(): Promise<void> {
    this.#dataDir = await mkdtemp(join(tmpdir(), 'gatherd-console-'));
    try {
      const [tabs, gatherd] = await Promise.all([sharedTabs(), this.#serveWhereOthersDid(this.#dataDir)]);
      lastPort = gatherd.port;
      const holder = {
        // The server's port stays, also where it is started again.
        nothing: `${gatherd.url}/console/favicon.svg`,
        onProblem: (problem: string) => void this.#problems.push(problem),
      };
      this.#running = { gatherd, tabs, holder, token: '' };
      this.#running = { gatherd, tabs, holder, token: await this.tokenOf(ADMINISTRATOR) };
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  get gatherd(): GatherdProcess | ServedGatherd {
    return this.#get().gatherd;
  }

  get dataDir(): string {
    return this.gatherd.dataDir;
  }

  /** What no page may do: violate its policy, throw, or log an error. Empty where all is well. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** What went wrong so far, and was expected to: it is no problem any more. */
  forgetProblems(): readonly string[] {
    return this.#problems.splice(0);
  }

  /** Ends the server: by SIGKILL where it is a process. */
  async stop(): Promise<void> {
    const { gatherd } = this;
    await (gatherd instanceof GatherdProcess ? gatherd.stop('SIGKILL') : gatherd.stop());
  }

  /** Starts the server again, on the same port and data. @param env - in place of what it was started with */
  async startAgain(env: RigOptions['env'] = {}): Promise<void> {
    const { gatherd, ...others } = this.#get();
    const args = ['--port', String(gatherd.port)];
    this.#running = { ...others, gatherd: await this.#serve(gatherd.dataDir, env, args) };
  }

  /** Asks the API as the administrator, or with another token. Rejects where it is refused. */
  async ask(method: string, path: string, body?: unknown, token = this.#get().token): Promise<unknown> {
    const response = await fetch(`${this.gatherd.url}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  /** Makes a user with the password of everybody. */
  async createUser(username: string, more: Partial<UserCreation> = {}): Promise<void> {
    await this.ask('POST', '/v1/users', { username, password: PASSWORD, ...more });
  }

  /** A bearer token for the API. */
  async tokenOf(username: string, password = PASSWORD): Promise<string> {
    const answer = await this.ask('POST', '/v1/sessions', { username, password }, '');
    return (answer as { token: string }).token;
  }

  /** Opens a page that shares no cookie with others. */
  async open(path = '/', options: TabOptions = {}): Promise<Tab> {
    const tab = await this.#take(options);
    await tab.page.goto(`${this.gatherd.url}/console${path}`);
    return tab;
  }

  /** Opens a page of somebody who has logged in before. @param by - another way to the server than its own address */
  async logIn(
    username: string,
    path = '/',
    { by = this.gatherd.url, ...options }: TabOptions & { readonly by?: string } = {},
  ): Promise<Tab> {
    const tab = await this.#take(options);
    const response = await tab.page.request.post(`${by}/v1/sessions/cookie`, {
      headers: { [CONSOLE_HEADER]: '1' },
      data: { username, password: PASSWORD },
    });
    if (!response.ok()) throw new Error(await response.text());
    await tab.page.goto(`${by}/console${path}`);
    await navigation(tab.page).waitFor({ state: 'attached' });
    return tab;
  }

  /** Takes back all tabs that are open. */
  async giveBackTabs(): Promise<void> {
    const { tabs, holder } = this.#get();
    await tabs.giveBackAll(holder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running !== undefined) await this.giveBackTabs();
    await this.#running?.gatherd[Symbol.asyncDispose]();
    this.#running = undefined;
    if (this.#dataDir !== undefined) await rm(this.#dataDir, { recursive: true, force: true });
  }

  #get(): Running {
    if (this.#running === undefined) throw new Error('the rig is not started');
    return this.#running;
  }

  #take(options: TabOptions): Promise<Tab> {
    const { tabs, holder } = this.#get();
    return tabs.take(holder, options);
  }

  // What a tab has compiled is of one address.
  async #serveWhereOthersDid(dataDir: string): Promise<GatherdProcess | ServedGatherd> {
    const onPort = (port: number) => this.#serve(dataDir, {}, ['--port', String(port)]);
    if (lastPort === undefined) return onPort(await lastingPort());
    // Somebody else may have it meanwhile.
    return onPort(lastPort).catch(async () => onPort(await lastingPort()));
  }

  #serve(
    dataDir: string,
    env: RigOptions['env'] = {},
    args: readonly string[] = [],
  ): Promise<GatherdProcess | ServedGatherd> {
    const options = {
      dataDir,
      args,
      // The last one counts.
      env: { GATHERD_ADMIN_PASSWORD: PASSWORD, ...this.#options.env, ...env },
    };
    return this.#options.isProcess === true ? GatherdProcess.start(options) : ServedGatherd.start(options);
  }
}

/** Logs in at the page that asks for it. */
export async function logIn(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('User name or e-mail address').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await navigation(page).waitFor({ state: 'attached' });
}

function navigation(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Pages', includeHidden: true });
}

/** What axe finds against WCAG 2.2 A and AA, a line each; empty where it finds nothing. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // As a script of the page it would be against the page's policy.
  if (await page.evaluate<boolean>('window.axe === undefined'))
    await page.evaluate(await readFile(AXE, 'utf8'));
  const tags = `['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']`;
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: { type: 'tag', values: ${tags} }, resultTypes: ['violations'] })`,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')}: ${failureSummary ?? ''}`,
    ),
  );
}

/** Takes a picture where GATHERD_TEST_PICTURES names a folder. @param name - of the file, without its ending */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['GATHERD_TEST_PICTURES'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

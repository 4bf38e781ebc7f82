import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { describe } from 'vitest';
import type { UserCreation } from '../../../protocol/accounts.js';
import { CONSOLE_HEADER } from '../../../protocol/console.js';
import { CHROMIUM, WITHOUT_CHROMIUM } from './chromium.js';
import { KeptTabs, type Tab, type TabOptions } from './kept-tabs.js';
import { sharedBrowser } from './shared-browser.js';
import { type GatherdOptions, GatherdProcess } from '../../../server/tests/support/gatherd-process.js';

/** The password of everybody in these tests. */
export const PASSWORD = 'Tannenzapfen im Oktober';

const ADMINISTRATOR = 'admin';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** `describe` for tests in a browser; without one they are skipped, and say so. */
export function describeInBrowser(title: string, tests: () => void): void {
  if (CHROMIUM === undefined) describe.skip(`${title} (skipped: ${WITHOUT_CHROMIUM})`, tests);
  else describe(title, tests);
}

/** A real gatherd with its console, and a browser. */
export class ConsoleRig implements AsyncDisposable {
  readonly #tabs: KeptTabs;
  readonly #problems: string[] = [];
  #gatherd: GatherdProcess;
  #token = '';

  private constructor(browser: Browser, gatherd: GatherdProcess) {
    this.#gatherd = gatherd;
    // The server's port stays, also where it is started again.
    this.#tabs = new KeptTabs(
      browser,
      (context) => this.#watch(context),
      `${gatherd.url}/console/favicon.svg`,
    );
  }

  /** @param options - of the server; it has an administrator `admin` */
  static async start(options: GatherdOptions = {}): Promise<ConsoleRig> {
    const env = { GATHERD_ADMIN_PASSWORD: PASSWORD, ...options.env };
    const browser = await sharedBrowser();
    const rig = new ConsoleRig(browser, await GatherdProcess.start({ ...options, env }));
    rig.#token = await rig.tokenOf(ADMINISTRATOR);
    return rig;
  }

  get gatherd(): GatherdProcess {
    return this.#gatherd;
  }

  /** What no page may do: violate its policy, throw, or log an error. Empty where all is well. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** What went wrong so far, and was expected to: it is no problem any more. */
  forgetProblems(): readonly string[] {
    return this.#problems.splice(0);
  }

  /** Ends the server by SIGKILL. */
  async kill(): Promise<void> {
    await this.#gatherd.stop('SIGKILL');
  }

  /** Starts the server again, on the same port and data. It needs a `dataDir` that was given. */
  async startAgain(options: GatherdOptions): Promise<void> {
    const env = { GATHERD_ADMIN_PASSWORD: PASSWORD, ...options.env };
    // The last one counts.
    const args = [...(options.args ?? []), '--port', String(this.#gatherd.port)];
    this.#gatherd = await GatherdProcess.start({ ...options, env, args });
  }

  /** Asks the API as the administrator, or with another token. Rejects where it is refused. */
  async ask(method: string, path: string, body?: unknown, token = this.#token): Promise<unknown> {
    const response = await fetch(`${this.#gatherd.url}${path}`, {
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
    const tab = await this.#tabs.take(options);
    await tab.page.goto(this.#urlOf(path));
    return tab;
  }

  /** Opens a page of somebody who has logged in before. */
  async logIn(username: string, path = '/', options: TabOptions = {}): Promise<Tab> {
    const tab = await this.#tabs.take(options);
    const response = await tab.page.request.post(`${this.#gatherd.url}/v1/sessions/cookie`, {
      headers: { [CONSOLE_HEADER]: '1' },
      data: { username, password: PASSWORD },
    });
    if (!response.ok()) throw new Error(await response.text());
    await tab.page.goto(this.#urlOf(path));
    await navigation(tab.page).waitFor({ state: 'attached' });
    return tab;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tabs[Symbol.asyncDispose]();
    await this.#gatherd[Symbol.asyncDispose]();
  }

  #urlOf(path: string): string {
    return `${this.#gatherd.url}/console${path}`;
  }

  // All of its pages, whoever opens them.
  async #watch(context: BrowserContext): Promise<void> {
    context.on('weberror', (error) => this.#problems.push(`thrown: ${error.error().message}`));
    context.on('console', (message) => {
      // What the server refuses, and that it is away, is told here too, and shown by the page.
      const isOfNetwork =
        message.text().startsWith('Failed to load resource') || message.text().includes('WebSocket');
      if (message.type() === 'error' && !isOfNetwork) this.#problems.push(`logged: ${message.text()}`);
    });
    context.on('dialog', (dialog) => {
      // Asked by the browser where something typed would be lost: these tests leave it on purpose.
      if (dialog.type() === 'beforeunload') {
        void dialog.accept().catch(() => undefined);
        return;
      }
      this.#problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss().catch(() => undefined);
    });
    await context.exposeFunction('reportViolation', (text: string) => this.#problems.push(text));
    await context.addInitScript(`
      window.addEventListener('securitypolicyviolation', (event) => {
        window.reportViolation('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile + ' ' + event.sample);
      });
    `);
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

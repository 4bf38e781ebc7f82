import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { PATIENCE_MS } from '../../../server/tests/support/patience.js';

const WIDE = { width: 1280, height: 720 };

/** What a tab's page looks like, and all else that its browser can be told. */
export type TabOptions = Omit<BrowserContextOptions, 'viewport'> & {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** What the test does to the page cannot be undone. */
  readonly isForOneTest?: boolean;
};

/** What a test has of a tab's context. Its end gives the tab back. */
export type TabContext = Pick<
  BrowserContext,
  'close' | 'cookies' | 'clearCookies' | 'newPage' | 'newCDPSession' | 'setOffline'
> & {
  /** The next page that opens, whoever opens it. */
  nextPage(): Promise<Page>;
} & AsyncDisposable;

/** A page that shares no cookie with others. */
export interface Tab {
  readonly page: Page;
  readonly context: TabContext;
}

/** Who has tabs. */
export interface TabHolder {
  /** An address with nothing to see or to do, of the server whose pages they show. */
  readonly nothing: string;
  /** Told of what no page may do: violate its policy, throw, log an error, or ask something. */
  readonly onProblem: (problem: string) => void;
}

interface Kept {
  /** Tabs that are told other things of their browser are other ones. */
  readonly kind: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Whoever has it, or had it last. */
  holder: TabHolder;
}

/**
 * Tabs of a browser, kept for the next test with what their process has read and compiled, which is most of what a page costs.
 * Cookies, stored data and other pages go when a test is done with them.
 */
export class KeptTabs {
  readonly #browser: Browser;
  readonly #free: Kept[] = [];
  readonly #lent = new Map<() => Promise<void>, TabHolder>();

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  get browser(): Browser {
    return this.#browser;
  }

  /** A tab that nobody else has. */
  async take(
    holder: TabHolder,
    { viewport = WIDE, colorScheme = 'light', isForOneTest, ...more }: TabOptions,
  ): Promise<Tab> {
    const kind = JSON.stringify(more);
    // The last one given back is the one that has most of this server's.
    const index = this.#free.findLastIndex((each) => each.kind === kind);
    const free = this.#free.splice(index, index === -1 ? 0 : 1)[0];
    const kept = free ?? (await this.#open(kind, holder, more));
    kept.holder = holder;
    await kept.page.setViewportSize(viewport);
    await kept.page.emulateMedia({ colorScheme });
    return { page: kept.page, context: this.#lend(kept, isForOneTest === true) };
  }

  /** Takes back all tabs that this one has. */
  async giveBackAll(holder: TabHolder): Promise<void> {
    const lent = [...this.#lent].filter(([, each]) => each === holder);
    // The first is the one that most tests have.
    for (const [giveBack] of lent.toReversed()) await giveBack();
  }

  async #open(kind: string, holder: TabHolder, options: BrowserContextOptions): Promise<Kept> {
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const kept = { kind, context, page: await context.newPage(), holder };
    await watch(context, (problem) => {
      kept.holder.onProblem(problem);
    });
    return kept;
  }

  #lend(kept: Kept, isForOneTest: boolean): TabContext {
    const { context } = kept;
    const giveBack = async (): Promise<void> => {
      if (!this.#lent.delete(giveBack)) return;
      await (isForOneTest ? context.close() : this.#giveBack(kept));
    };
    this.#lent.set(giveBack, kept.holder);
    return {
      close: giveBack,
      [Symbol.asyncDispose]: giveBack,
      cookies: (urls) => context.cookies(urls),
      clearCookies: (options) => context.clearCookies(options),
      setOffline: (isOffline) => context.setOffline(isOffline),
      newPage: () => context.newPage(),
      nextPage: () => context.waitForEvent('page'),
      newCDPSession: (page) => context.newCDPSession(page),
    };
  }

  async #giveBack(kept: Kept): Promise<void> {
    try {
      await this.#empty(kept);
      this.#free.push(kept);
    } catch {
      // The server is away, or the page has ended: the next test gets another one.
      await kept.context.close();
    }
  }

  async #empty({ context, page, holder }: Kept): Promise<void> {
    const others = context.pages().filter((each) => each !== page);
    await Promise.all(others.map((each) => each.close()));
    await context.setOffline(false);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.goto(holder.nothing);
    await page.evaluate('localStorage.clear(); sessionStorage.clear();');
    await context.clearCookies();
  }
}

// All of its pages, whoever opens them.
async function watch(context: BrowserContext, onProblem: (problem: string) => void): Promise<void> {
  context.on('weberror', (error) => {
    onProblem(`thrown: ${error.error().message}`);
  });
  context.on('console', (message) => {
    // What the server refuses, and that it is away, is told here too, and shown by the page.
    const isOfNetwork =
      message.text().startsWith('Failed to load resource') || message.text().includes('WebSocket');
    if (message.type() === 'error' && !isOfNetwork) onProblem(`logged: ${message.text()}`);
  });
  context.on('dialog', (dialog) => {
    // Asked by the browser where something typed would be lost: these tests leave it on purpose.
    if (dialog.type() === 'beforeunload') {
      void dialog.accept().catch(() => undefined);
      return;
    }
    onProblem(`dialog: ${dialog.message()}`);
    void dialog.dismiss().catch(() => undefined);
  });
  await context.exposeFunction('reportViolation', onProblem);
  await context.addInitScript(`
    window.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile + ' ' + event.sample);
    });
  `);
}

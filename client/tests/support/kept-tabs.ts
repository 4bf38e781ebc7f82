import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

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

interface Kept {
  /** Tabs that are told other things of their browser are other ones. */
  readonly kind: string;
  readonly context: BrowserContext;
  readonly page: Page;
}

/**
 * Tabs of a browser, kept for the next test with what their process has read and compiled, which is most of what a page costs.
 * Cookies, stored data and other pages go when a test is done with them.
 */
export class KeptTabs implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #watch: (context: BrowserContext) => Promise<void>;
  readonly #nothing: string;
  readonly #all = new Set<BrowserContext>();
  readonly #free: Kept[] = [];

  /**
   * @param watch - looks at all pages of a context from its beginning
   * @param nothing - an address of the server's with nothing to see or to do
   */
  constructor(browser: Browser, watch: (context: BrowserContext) => Promise<void>, nothing: string) {
    this.#browser = browser;
    this.#watch = watch;
    this.#nothing = nothing;
  }

  /** A tab that nobody else has. */
  async take({ viewport = WIDE, colorScheme = 'light', isForOneTest, ...more }: TabOptions): Promise<Tab> {
    const kind = JSON.stringify(more);
    const index = this.#free.findIndex((each) => each.kind === kind);
    const kept = this.#free.splice(index, index === -1 ? 0 : 1)[0] ?? (await this.#open(kind, more));
    await kept.page.setViewportSize(viewport);
    await kept.page.emulateMedia({ colorScheme });
    return { page: kept.page, context: this.#lent(kept, isForOneTest === true) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all].map((context) => context.close()));
  }

  async #open(kind: string, options: BrowserContextOptions): Promise<Kept> {
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      ...options,
    });
    this.#all.add(context);
    context.setDefaultTimeout(15_000);
    await this.#watch(context);
    const page = await context.newPage();
    return { kind, context, page };
  }

  #lent(kept: Kept, isForOneTest: boolean): TabContext {
    const { context } = kept;
    let isBack = false;
    const giveBack = async (): Promise<void> => {
      if (isBack) return;
      isBack = true;
      await (isForOneTest ? this.#end(kept) : this.#giveBack(kept));
    };
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
      await this.#end(kept);
    }
  }

  async #end({ context }: Kept): Promise<void> {
    this.#all.delete(context);
    await context.close();
  }

  async #empty({ context, page }: Kept): Promise<void> {
    const others = context.pages().filter((each) => each !== page);
    await Promise.all(others.map((each) => each.close()));
    await context.setOffline(false);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.goto(this.#nothing);
    await page.evaluate('localStorage.clear(); sessionStorage.clear();');
    await context.clearCookies();
  }
}

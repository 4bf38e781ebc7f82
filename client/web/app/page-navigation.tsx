import { notifications } from '@mantine/notifications';
import { type ReactNode, useEffect, useState } from 'react';
import { type AroundNavHandler, Router } from 'wouter';
import { Store } from '../server/store.js';
import { useConsole, useStore } from './console-context.js';
import { type Page, PAGES } from './pages.js';

const NOT_LOADED_NOTE = 'page-not-loaded';

/** Which page was chosen and is not there yet. */
export const comingPage = new Store<Page | undefined>(undefined);

/** The addresses of the console. A page is left once the next one is there: else what is typed in it would be lost. */
export function PageRouter({ base, children }: { readonly base: string; readonly children: ReactNode }) {
  const [aroundNav] = useState(() => createAroundNav(base));
  return (
    <Router base={base} aroundNav={aroundNav}>
      {children}
    </Router>
  );
}

function createAroundNav(base: string): AroundNavHandler {
  return (navigate, to, options) => {
    const page = PAGES.find(({ path }) => isBelow(`${base}${path}`, to));
    comingPage.set(undefined);
    notifications.hide(NOT_LOADED_NOTE);
    // What replaces an address leaves no page that anybody is at.
    if (page === undefined || options?.replace === true || page.content.state.get().kind === 'loaded') {
      navigate(to, options);
      return;
    }
    comingPage.set(page);
    void page.content.load().then(() => {
      // Another one may have been chosen meanwhile.
      if (comingPage.get() !== page) return;
      comingPage.set(undefined);
      if (page.content.state.get().kind === 'loaded') navigate(to, options);
      else sayNotLoaded(page);
    });
  };
}

function isBelow(path: string, to: string): boolean {
  return to === path || [`${path}/`, `${path}?`, `${path}#`].some((start) => to.startsWith(start));
}

function sayNotLoaded({ title }: Page): void {
  notifications.show({
    id: NOT_LOADED_NOTE,
    color: 'red',
    autoClose: false,
    title: `${title} could not be loaded`,
    message:
      'Choose it again once the server answers. If gatherd was updated meanwhile, load the console again; what is typed here and not saved is lost then.',
    closeButtonProps: { 'aria-label': 'Close' },
  });
}

/** Has all of these pages loaded, one by one, when the browser has nothing else to do; so they are there when the server is not. */
export function usePagesAhead(pages: readonly Page[]): void {
  const isConnected = useStore(useConsole().connection.isConnected);
  const paths = pages.map(({ path }) => path).join(' ');
  useEffect(() => {
    if (!isConnected) return undefined;
    const wanted = paths.split(' ').flatMap((path) => PAGES.find((page) => page.path === path) ?? []);
    return loadAhead(wanted);
  }, [isConnected, paths]);
}

// Answers what ends it.
function loadAhead(pages: readonly Page[]): () => void {
  const stop = new AbortController();
  const next = (index: number): void => {
    const page = pages[index];
    if (page === undefined || stop.signal.aborted) return;
    whenIdle(() => {
      if (stop.signal.aborted) return;
      void page.content.load().then(() => {
        next(index + 1);
      });
    });
  };
  next(0);
  return () => {
    stop.abort();
  };
}

const IDLE_WITHIN_MS = 5_000;
const IDLE_AFTER_MS = 300;

function whenIdle(work: () => void): void {
  // Safari has none.
  if ('requestIdleCallback' in window) window.requestIdleCallback(work, { timeout: IDLE_WITHIN_MS });
  else setTimeout(work, IDLE_AFTER_MS);
}

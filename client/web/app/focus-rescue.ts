import { useEffect } from 'react';

/** So long others have to put the focus where they know a better place, as dialogs do that close. */
const PATIENCE_MS = 50;

/** What had the focus, and what is around it, outwards. */
type Trail = readonly HTMLElement[];

/**
 * Keeps the place of whoever works by the keyboard: where what has the focus goes away, as a link to another page does, or is switched
 * off, the heading of what was around it gets the focus; what is only off until its answer comes gets it back then.
 */
export function useFocusRescue(): void {
  useEffect(() => watchFocus(document), []);
}

function watchFocus(page: Document): () => void {
  let last: Trail = [];
  let lastInPage: Trail = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const remember = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement)) return;
    last = trailOf(target);
    if (target.closest('main') !== null) lastInPage = last;
  };
  // Who clicks beside everything means to.
  const forget = (): void => {
    last = [];
  };
  const rescue = (): void => {
    timer = undefined;
    const [self] = last;
    if (self === undefined || !isLost(page) || isWaiting(self) || isWaiting(lastInPage[0])) return;
    (placeAlong(last) ?? placeAlong(lastInPage))?.focus({ preventScroll: self.isConnected });
  };
  const observer = new MutationObserver(() => {
    if (isLost(page)) timer ??= setTimeout(rescue, PATIENCE_MS);
  });
  page.addEventListener('focusin', remember);
  page.addEventListener('pointerdown', forget);
  observer.observe(page.body, {
    subtree: true,
    childList: true,
    attributeFilter: ['disabled', 'data-closed'],
  });
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    page.removeEventListener('focusin', remember);
    page.removeEventListener('pointerdown', forget);
  };
}

function trailOf(element: HTMLElement): Trail {
  const around = element.parentElement;
  return around === null || around === element.ownerDocument.body ? [element] : [element, ...trailOf(around)];
}

function isLost({ activeElement, body }: Document): boolean {
  return activeElement === null || activeElement === body || !canHaveFocus(activeElement);
}

function isWaiting(element: HTMLElement | undefined): boolean {
  return element?.isConnected === true && element.matches('[data-loading]:disabled');
}

function canHaveFocus(element: Element): boolean {
  return !element.matches(':disabled') && isSeen(element);
}

function isSeen(element: Element): boolean {
  return element.isConnected && element.checkVisibility({ visibilityProperty: true });
}

// What had the focus, or else the heading of the nearest thing around it that is still there.
function placeAlong([self, ...around]: Trail): HTMLElement | undefined {
  if (self === undefined) return undefined;
  if (canHaveFocus(self)) return self;
  for (const one of around.filter(isSeen)) {
    const heading = [...one.querySelectorAll<HTMLElement>('h1, h2, h3')].find(isSeen);
    if (heading === undefined) continue;
    heading.tabIndex = -1;
    return heading;
  }
  return undefined;
}

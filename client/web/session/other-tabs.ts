const CHANNEL = 'gatherd-session';

/** The other tabs of this browser, which share the session: its cookie is the browser's. Dispose of it to hear no more of them. */
export interface OtherTabs extends Disposable {
  /** Tells them that somebody else may be logged in now. */
  readonly tell: () => void;
}

/**
 * Has a function called whenever somebody else may be logged in than this tab knows of: another tab says so, or this one
 * is looked at again, also out of the browser's memory of pages that were left.
 *
 * @param tab - the window of this tab
 */
export function watchOtherTabs(tab: Pick<Window, 'addEventListener'>, onDoubt: () => void): OtherTabs {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener('message', onDoubt);
  tab.addEventListener('focus', onDoubt);
  tab.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) onDoubt();
  });
  return {
    tell: () => {
      channel.postMessage(undefined);
    },
    [Symbol.dispose]: () => {
      channel.close();
    },
  };
}

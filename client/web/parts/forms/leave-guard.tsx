import { Text } from '@mantine/core';
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { type AroundNavHandler, Router, useRouter } from 'wouter';
import { ConfirmDialog } from '../dialogs/confirm-dialog.js';
import { type Question, useQuestion } from '../dialogs/use-question.js';

/** Those forms on the page that hold what is not saved. */
type Unsaved = Set<object>;

const UnsavedContext = createContext<Unsaved>(new Set());

/** Asks before a page is left whose forms hold what is not saved. */
export function LeaveGuarded({ children }: { readonly children: ReactNode }) {
  const [unsaved] = useState<Unsaved>(() => new Set());
  const question = useQuestion<() => void>();
  const { ask } = question;
  const { aroundNav: further } = useRouter();
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (unsaved.size > 0) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
    };
  }, [unsaved]);
  useEffect(() => guardHistory(unsaved, ask), [unsaved, ask]);
  const around: AroundNavHandler = (navigate, to, options) => {
    const go = (): void => {
      further(navigate, to, options);
    };
    // What replaces an address is nobody's leaving: what the page was about is gone, or has another name.
    if (unsaved.size === 0 || options?.replace === true || isHere(to)) go();
    else ask(go);
  };
  return (
    <UnsavedContext value={unsaved}>
      <Router aroundNav={around}>{children}</Router>
      <LeaveDialog question={question} />
    </UnsavedContext>
  );
}

// Back and Forward, where the browser lets a page hold them: twice in a row it lets none.
function guardHistory(unsaved: Unsaved, ask: (leave: () => void) => void): () => void {
  if (!('navigation' in window)) return () => undefined;
  const { navigation } = window;
  const hold = (event: NavigateEvent): void => {
    const { navigationType, cancelable, destination } = event;
    if (navigationType !== 'traverse' || !cancelable || unsaved.size === 0 || isHere(destination.url)) return;
    event.preventDefault();
    ask(() => {
      unsaved.clear();
      navigation.traverseTo(destination.key);
    });
  };
  navigation.addEventListener('navigate', hold);
  return () => {
    navigation.removeEventListener('navigate', hold);
  };
}

// Another tab, filter or the like of the same page.
function isHere(to: string): boolean {
  return new URL(to, window.location.href).pathname === window.location.pathname;
}

function LeaveDialog({
  question: { isOpen, about: leave, close },
}: {
  readonly question: Question<() => void>;
}) {
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title="Leave without saving?"
      label="Leave"
      onConfirm={() => {
        leave?.();
        return Promise.resolve();
      }}
      onClose={close}
    >
      <Text size="sm">What you have typed on this page is not saved, and is lost then.</Text>
    </ConfirmDialog>
  );
}

/**
 * Has it asked before the page is left, by a link, another tab of the page, Back, or the end of the window.
 *
 * @param isUnsaved - whether a form holds what is not saved
 * @returns what lets go of it at once: for who leaves the page as soon as it is saved
 */
export function useLeaveGuard(isUnsaved: boolean): () => void {
  const unsaved = useContext(UnsavedContext);
  const form = useRef<object>({});
  // As soon as it is seen: an answer may come before what is done only later.
  useLayoutEffect(() => {
    const one = form.current;
    if (isUnsaved) unsaved.add(one);
    return () => {
      unsaved.delete(one);
    };
  }, [isUnsaved, unsaved]);
  return () => {
    unsaved.delete(form.current);
  };
}

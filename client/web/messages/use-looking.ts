import { type RefObject, useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { usePermission } from '../app/console-context.js';
import { filterIn, type MessageFilter, placeIn, placeText, queryOf, typedIn } from './message-filter.js';
import { useOpenedMessage } from './detail/opened-message.js';
import { type AskMessages, useAskMessages, useMessageView } from './use-messages.js';
import type { MessageView, Place } from './window/message-view.js';
import type { RecordRow } from './window/row.js';

/** What somebody may see: everything, their own messages, or everything from now on. */
export type Sight = 'everything' | 'own' | 'live';

/** Which messages are looked at, as the address has it, and the ways to others. */
export interface Looking {
  readonly sight: Sight;
  readonly filter: MessageFilter;
  /** What the address says, right or wrong. */
  readonly typed: MessageFilter;
  readonly ask: AskMessages;
  /** Whether messages may be asked for; else there is nothing but what comes live. */
  readonly mayAsk: boolean;
  readonly view: MessageView;
  /** The number of the message that is shown as a whole. */
  readonly opened: number | undefined;
  /** The list's element. */
  readonly list: RefObject<HTMLDivElement | null>;
  readonly jump: (place: Place) => void;
  readonly toOldest: () => void;
  readonly toNewest: () => void;
  /** As `toNewest`, from somewhere that keeps the focus. */
  readonly follow: () => void;
  readonly showFiltered: (filter: MessageFilter) => void;
  /** Shows a filter at a place. */
  readonly narrow: (filter: MessageFilter, seq: number) => void;
  readonly open: (row: RecordRow) => void;
  readonly show: (seq: number) => void;
  readonly close: () => void;
}

/** What is looked at by whoever is logged in. */
export function useLooking(): Looking {
  const [query, setQuery] = useSearchParams();
  const sight = useSight();
  const mayAsk = sight !== 'live';
  const filter = within(sight, filterIn(query));
  const ask = useAskMessages(filter);
  const opened = useOpenedMessage();
  const start = placeIn(query) ?? (opened.seq === undefined ? undefined : { seq: opened.seq });
  const view = useMessageView({ ask, mayAsk, start });
  const list = useRef<HTMLDivElement>(null);
  const focusList = useFocusOn(list);
  const jump = (place: Place): void => {
    if (!mayAsk) return;
    setQuery(queryOf(filter, placeText(place)), { replace: true });
    void view.jumpTo(place);
    focusList();
  };
  const follow = (): void => {
    setQuery(queryOf(filter), { replace: true });
    view.follow();
  };
  return {
    ...{ sight, filter, typed: within(sight, typedIn(query)), ask, mayAsk, view, list, jump, follow },
    opened: opened.seq,
    toOldest: () => {
      jump({ seq: 1 });
    },
    toNewest: () => {
      follow();
      focusList();
    },
    showFiltered: (changed) => {
      setQuery(queryOf(changed));
    },
    narrow: (narrower, seq) => {
      setQuery(queryOf(narrower, mayAsk ? String(seq) : undefined));
      focusList();
    },
    open: ({ place }) => {
      opened.show(place);
    },
    show: opened.show,
    close: () => {
      opened.close();
      focusList();
    },
  };
}

function useSight(): Sight {
  const [readsAll, sends] = [usePermission('messages:read'), usePermission('messages:write')];
  if (readsAll) return 'everything';
  return sends ? 'own' : 'live';
}

function within(sight: Sight, { user, ...about }: MessageFilter): MessageFilter {
  return sight === 'own' ? about : { user, ...about };
}

// Once the page is as it is then: what was focused may be gone.
function useFocusOn(element: RefObject<HTMLElement | null>): () => void {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (times > 0) element.current?.focus({ preventScroll: true });
  }, [element, times]);
  return () => {
    setTimes((before) => before + 1);
  };
}

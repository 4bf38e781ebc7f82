import { useSearchParams } from 'wouter';
import { recordIn, withRecord } from '../message-filter.js';

/** The message that is shown as a whole; the address names it, so that it can be passed on. */
export interface OpenedMessage {
  /** Its number; undefined where none is shown. */
  readonly seq: number | undefined;
  /** Shows one. The browser's way back leads out of it again, however many were looked at. */
  readonly show: (seq: number) => void;
  readonly close: () => void;
}

const OPENED_HERE = 'message';

/** The message that is opened, as the address has it. */
export function useOpenedMessage(): OpenedMessage {
  const [query, setQuery] = useSearchParams();
  const seq = recordIn(query);
  return {
    seq,
    show: (next) => {
      const isOpen = seq !== undefined;
      const state: unknown = isOpen ? history.state : OPENED_HERE;
      setQuery(withRecord(query, next), { replace: isOpen, state });
    },
    close: () => {
      if (history.state === OPENED_HERE) history.back();
      else setQuery(withRecord(query, undefined), { replace: true });
    },
  };
}

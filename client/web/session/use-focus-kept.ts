import { useCallback, useEffect, useRef } from 'react';

/**
 * Remembers what has the focus, also where it was lost since, as by a button that waits for its answer.
 *
 * @param isWatching - whether the focus is where it is to be given back to
 * @returns what gives it back
 */
export function useFocusKept(isWatching: boolean): () => void {
  const last = useRef<HTMLElement>(undefined);
  useEffect(() => {
    if (!isWatching) return undefined;
    const remember = ({ target }: FocusEvent): void => {
      if (target instanceof HTMLElement) last.current = target;
    };
    document.addEventListener('focusin', remember);
    return () => {
      document.removeEventListener('focusin', remember);
    };
  }, [isWatching]);
  return useCallback(() => {
    last.current?.focus();
  }, []);
}

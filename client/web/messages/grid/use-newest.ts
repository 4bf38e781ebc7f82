import { type RefObject, useCallback, useLayoutEffect, useRef } from 'react';

/**
 * Keeps a list at its newest message while it follows.
 *
 * @returns whether it stands above where it was led to last. Where it is not at its end for another reason, it has grown since,
 * or its frame has become lower.
 */
export function useNewest(
  scroller: RefObject<HTMLElement | null>,
  isFollowing: boolean,
): (element: HTMLElement) => boolean {
  const led = useRef(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!isFollowing || element === null) return;
    element.scrollTo({ top: element.scrollHeight, behavior: 'instant' });
    led.current = element.scrollTop;
  });
  return useCallback(({ scrollTop }) => scrollTop < led.current - 1, []);
}

import { type RefObject, useMemo, useRef, type UIEvent, type WheelEvent } from 'react';
import type { MessageView } from '../window/message-view.js';

const AT_BOTTOM_PX = 2;
const GESTURE_LASTS_MS = 1_500;

/** What tells of somebody who scrolls. */
export interface ScrollGestures {
  readonly onWheel: (event: WheelEvent) => void;
  readonly onTouchMove: () => void;
  readonly onPointerDown: () => void;
  readonly onScroll: (event: UIEvent<HTMLElement>) => void;
  /** To be called where a key has moved the list. */
  readonly onMoved: () => void;
}

/** Tells the view where somebody scrolls to: away from the newest messages, or to them. */
export function useGestures(view: MessageView, scroller: RefObject<HTMLElement | null>): ScrollGestures {
  const lastGesture = useRef(Number.NEGATIVE_INFINITY);
  return useMemo(() => {
    const touch = (): void => {
      lastGesture.current = performance.now();
    };
    const lookAt = (element: HTMLElement): void => {
      const isAtBottom = element.scrollHeight - element.clientHeight - element.scrollTop <= AT_BOTTOM_PX;
      if (!isAtBottom) view.scrollAway();
      // The list scrolls by itself, too.
      else if (performance.now() - lastGesture.current < GESTURE_LASTS_MS) view.scrollToBottom();
    };
    return {
      onMoved: touch,
      onTouchMove: touch,
      onPointerDown: () => {
        // A scroll bar may be held for long.
        lastGesture.current = Number.POSITIVE_INFINITY;
      },
      onWheel: ({ deltaY }) => {
        touch();
        const element = scroller.current;
        if (element === null || element.scrollHeight <= element.clientHeight) return;
        if (deltaY < 0) view.scrollAway();
        else lookAt(element);
      },
      onScroll: ({ currentTarget }) => {
        lookAt(currentTarget);
      },
    };
  }, [view, scroller]);
}

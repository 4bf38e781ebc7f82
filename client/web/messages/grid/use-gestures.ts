import {
  type PointerEvent,
  type RefObject,
  useEffect,
  useMemo,
  useState,
  type UIEvent,
  type WheelEvent,
} from 'react';
import type { MessageView } from '../window/message-view.js';
import { ScrollGesture } from './scroll-gesture.js';

const AT_BOTTOM_PX = 2;

/** What tells of somebody who scrolls. */
export interface ScrollGestures {
  readonly onWheel: (event: WheelEvent) => void;
  readonly onTouchMove: () => void;
  readonly onPointerDown: () => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onScroll: (event: UIEvent<HTMLElement>) => void;
  /** To be called where the list keeps to the newest, with where that is. */
  readonly onKept: (top: number) => void;
  /** To be called where a key has moved the list. */
  readonly onMoved: () => void;
  /** To be called where the list was led elsewhere. */
  readonly onLed: () => void;
}

/** Tells the view where somebody scrolls to: away from the newest messages, or to them. */
export function useGestures(view: MessageView, scroller: RefObject<HTMLElement | null>): ScrollGestures {
  const [gesture] = useState(() => new ScrollGesture(() => performance.now()));
  useEffect(() => {
    // It may be let go of anywhere.
    window.addEventListener('pointerup', gesture.release);
    window.addEventListener('pointercancel', gesture.release);
    return () => {
      window.removeEventListener('pointerup', gesture.release);
      window.removeEventListener('pointercancel', gesture.release);
    };
  }, [gesture]);
  return useMemo(() => {
    const lookAt = (element: HTMLElement): void => {
      const isAtBottom = element.scrollHeight - element.clientHeight - element.scrollTop <= AT_BOTTOM_PX;
      if (isAtBottom && gesture.isUnderWay) view.scrollToBottom();
      else if (!isAtBottom && gesture.isAbove(element.scrollTop)) view.scrollAway();
    };
    return {
      onKept: gesture.keep,
      onMoved: gesture.touch,
      onLed: gesture.forget,
      onTouchMove: gesture.touch,
      onPointerDown: gesture.hold,
      onPointerMove: ({ buttons }) => {
        // Of a scroll bar, not every browser tells that it was let go of.
        if (buttons === 0) gesture.release();
      },
      onWheel: ({ deltaY }) => {
        gesture.touch();
        const element = scroller.current;
        if (element === null || element.scrollHeight <= element.clientHeight) return;
        if (deltaY < 0) view.scrollAway();
        else lookAt(element);
      },
      onScroll: ({ currentTarget }) => {
        lookAt(currentTarget);
      },
    };
  }, [view, scroller, gesture]);
}

import { type RefObject, useEffect, useRef } from 'react';

/** Puts the focus on what has just come in the place of what had it. @returns the ref of an element, which needs a `tabIndex` of -1 */
export function useArrivalFocus<Place extends HTMLElement = HTMLDivElement>(): RefObject<Place | null> {
  const place = useRef<Place>(null);
  useEffect(() => {
    place.current?.focus();
  }, []);
  return place;
}

import { useState } from 'react';

/** Something that is asked about, for a ConfirmDialog. */
export interface Question<About> {
  readonly isOpen: boolean;
  /** It stays while the dialog goes away, so that its text does. Undefined before the first question. */
  readonly about: About | undefined;
  readonly ask: (about: About) => void;
  readonly close: () => void;
}

/** Keeps what is asked about. */
export function useQuestion<About>(): Question<About> {
  const [about, setAbout] = useState<About>();
  const [isOpen, setIsOpen] = useState(false);
  return {
    isOpen,
    about,
    ask: (asked) => {
      setAbout(() => asked);
      setIsOpen(true);
    },
    close: () => {
      setIsOpen(false);
    },
  };
}

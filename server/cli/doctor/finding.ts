/** What a check found. */
export interface Finding {
  /** A problem keeps gatherd from working, or from working safely; a warning is a choice to be sure of. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** What was looked at. */
  readonly about: string;
  /** What was found, and what to do. */
  readonly text: string;
}

/** All is well. */
export function ok(about: string, text: string): Finding {
  return { level: 'ok', about, text };
}

/** Something to be sure of. */
export function warning(about: string, text: string): Finding {
  return { level: 'warning', about, text };
}

/** Something that has to be done. */
export function problem(about: string, text: string): Finding {
  return { level: 'problem', about, text };
}

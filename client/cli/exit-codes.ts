/** Every way in which `gather` ends: the code, and what it means to a script. */
export const EXIT_CODES = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'an error, or the server refused' },
  usage: { code: 2, meaning: 'the command line is wrong' },
  unreachable: { code: 69, meaning: 'the server cannot be reached; nothing was sent' },
  spooled: { code: 75, meaning: 'stored in the spool, not yet delivered' },
  notPermitted: { code: 77, meaning: 'not permitted: no valid token, wrong password, not allowed' },
  badConfiguration: { code: 78, meaning: 'a setting or a remembered file is wrong' },
  interrupted: {
    code: 130,
    meaning: 'ended by Ctrl+C, after what was under way; "tail" and "chat" on a terminal end so with 0',
  },
  terminated: { code: 143, meaning: 'ended by SIGTERM, after what was under way' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

/** One way of ending, by its name in {@link EXIT_CODES}. */
export type ExitName = keyof typeof EXIT_CODES;

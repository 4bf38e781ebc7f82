/** How long a test waits for what comes soon, in milliseconds: only one that fails waits so long, however busy the machine is. */
export const PATIENCE_MS = 60_000;

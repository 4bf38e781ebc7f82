// Takes a share of a core and does nothing with it, in slices as a process that is woken by packets would. Options, as JSON:
// share, 0 to 1. Asked for: nothing.
import { setInterval } from 'node:timers';
import { answerRequests } from '../support/asked.mjs';

const SLICE_MS = 10;

const { share } = JSON.parse(process.argv[2]);
answerRequests({});
setInterval(() => {
  const until = performance.now() + SLICE_MS * share;
  while (performance.now() < until);
}, SLICE_MS);

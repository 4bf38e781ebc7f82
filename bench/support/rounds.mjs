// Every case in every round, so that what the machine does meanwhile meets all of them alike.
import { medianOf } from './statistics.mjs';

/**
 * Runs all cases once, then again, for so many rounds.
 *
 * @param runCase - measures one case: resolves with an object of numbers
 * @returns each case's medians, in the order of the cases
 */
export async function alternate(cases, rounds, runCase) {
  const results = cases.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, each] of cases.entries()) {
      process.stderr.write(`round ${String(round + 1)} of ${String(rounds)}: ${each.name}\n`);
      results[index].push(await runCase(each, round));
    }
  }
  return results.map(medianOf);
}

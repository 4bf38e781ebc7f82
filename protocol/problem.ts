import * as z from 'zod';
import { bulkAnswer } from './bulk-messages.js';

/** The media type of {@link problem}. */
export const PROBLEM_TYPE = 'application/problem+json';

/** An error as all paths but contract 1's answer it: problem details, RFC 9457. */
export const problem = z
  .looseObject({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: "The status' own reason text." }),
    status: z.int().min(400).max(599).meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What is wrong, for people.' }),
    code: z.string().meta({ description: 'What is wrong, for programs: stable, see docs/errors.md.' }),
  })
  .meta({ description: 'Problem details, RFC 9457.' });

/** What the problem of a bulk request tells beside: how far it came, and where it failed. */
export const bulkProblem = problem
  .extend({
    ...bulkAnswer.partial().shape,
    line: z.int().min(1).optional().meta({
      description: 'With `message.malformed`: which line is wrong; in a JSON array, which element.',
    }),
    expected: z.int().min(1).optional().meta({ description: 'With `producer.gap`: the number expected.' }),
    number: z.int().min(1).optional().meta({ description: 'With `producer.gap`: the number that came.' }),
  })
  .meta({
    description:
      'Problem details, RFC 9457, and what the request had stored before. All of that is on the disk.',
  });

import * as z from 'zod';

/** `GET /healthz`. */
export const health = z.object({ status: z.literal('ok') }).meta({ description: 'The process answers.' });

/** `GET /readyz`. */
export const readiness = z
  .object({
    status: z.enum(['ready', 'not ready']),
    checks: z.object({
      dump: z.boolean().meta({ description: 'Whether messages can be stored.' }),
      database: z.boolean().meta({ description: 'Whether logins can be checked.' }),
    }),
  })
  .meta({ description: 'What works now.' });

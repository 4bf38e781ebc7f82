import * as z from 'zod';
import { moment } from './moment.js';

/** Everything that the audit log has lines about. */
export const AUDIT_ACTIONS = [
  'login',
  'logout',
  'permission.refused',
  'account.created',
  'account.read',
  'account.changed',
  'account.removed',
  'account.imported',
  'password.changed',
  'password.reset',
  'session.ended',
  'token.created',
  'token.revoked',
  'invite.created',
  'invite.revoked',
  'messages.read',
  'feed.followed',
  'employees.listed',
  'employee.read',
  'employee.added',
  'employee.changed',
  'employee.removed',
  'employee.import_planned',
  'employee.imported',
  'key.rotated',
  'backup.made',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** By which way something was asked for. `operator`: a command of gatherd itself. */
export const AUDIT_DOORS = ['gather', 'http', 'zmq', 'credentials', 'chat', 'records', 'operator'] as const;
export type AuditDoor = (typeof AUDIT_DOORS)[number];

const text = z.string();

/** A line of the audit log. */
export const auditEntry = z.object({
  seq: z.number().int().min(1).describe('Counts from 1 without gaps.'),
  at: text.describe('UTC, RFC 3339.'),
  action: text.describe(`One of ${AUDIT_ACTIONS.join(', ')}, or of a later version’s.`),
  outcome: z.enum(['done', 'refused']),
  actor: text.nullable().describe('Who, by the name at the time; null where nobody was known.'),
  subject: text.nullable().describe('On whom or what.'),
  endpoint: text.describe('From where.'),
  door: text.describe(`One of ${AUDIT_DOORS.join(', ')}, or of a later version’s.`),
  details: z.record(z.string(), z.unknown()),
  hash: text.describe('Covers this line and the hash of the one before.'),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** The parameters of `GET /v1/audit`, newest first. */
export const auditQuery = z.strictObject({
  action: z.enum(AUDIT_ACTIONS, { error: `must be one of ${AUDIT_ACTIONS.join(', ')}` }).optional(),
  outcome: z.enum(['done', 'refused'], { error: 'must be done or refused' }).optional(),
  user: z.string().min(1).max(254).optional().describe('Who did it, or to whom, by name.'),
  door: z
    .enum(AUDIT_DOORS, { error: `must be one of ${AUDIT_DOORS.join(', ')}` })
    .optional()
    .describe('Only lines of what came by this door.'),
  since: moment
    .optional()
    .describe('Only lines from after this time, of RFC 3339, by the time that stands in them. Exclusive.'),
  until: moment.optional().describe('Only lines from before this time. Exclusive.'),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, { error: 'must be a number from 1 to 1000' })
    .default('100')
    .transform(Number),
  before: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'must be a number of a line' })
    .transform(Number)
    .optional()
    .describe('Only lines before this number: `next` of the page before.'),
});
export type AuditQuery = z.infer<typeof auditQuery>;

/** The answer of `GET /v1/audit`. */
export const auditPage = z.object({
  entries: z.array(auditEntry),
  next: z.number().int().nullable().describe('For `before`; null at the end.'),
});
export type AuditPage = z.infer<typeof auditPage>;

/** The answer of `GET /v1/audit/verification`: whether the chain of hashes is whole. */
export const auditVerification = z.object({
  is_whole: z.boolean(),
  entries: z.number().int().min(0),
  first_broken: z.number().int().nullable().describe('The first line that does not fit the one before.'),
});
export type AuditVerification = z.infer<typeof auditVerification>;

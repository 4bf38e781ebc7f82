import * as z from 'zod';
import {
  auditEntry,
  auditPage,
  auditQuery,
  auditVerification,
  type AuditEntry,
} from '../../../protocol/audit.js';
import { permissionOverview, ROLE_PERMISSIONS } from '../../../protocol/permissions.js';
import {
  inviteCreation,
  inviteList,
  inviteMade,
  inviteView,
  type InviteView,
} from '../../../protocol/sessions.js';
import type { NamedSchema, Operation } from '../openapi/operation.js';
import { DATABASE, done, json, JSON_BODY } from './answer-parts.js';

const EXAMPLE_INVITE: InviteView = {
  id: '7f6c1f0a-8d4f-4f57-8a5e-0b6f3f2f1d90',
  note: 'for Dale',
  created_by: 'admin',
  created_at: '2026-11-21T02:44:57.123Z',
  expires_at: '2026-11-28T02:44:57.123Z',
  used_at: null,
  used_by: null,
};
const INVITE: NamedSchema = { name: 'Invite', type: inviteView };

const EXAMPLE_ENTRY: AuditEntry = {
  seq: 42,
  at: '2026-11-21T02:44:57.123Z',
  action: 'account.changed',
  outcome: 'done',
  actor: 'admin',
  subject: 'dale',
  endpoint: '192.0.2.7',
  door: 'http',
  details: { status: 'suspended' },
  hash: 'Yk3v8mJ0cQ0w7m5b0yS2y1bq0f6p9Qx2m4s8n1t3u5w',
};
const ENTRY: NamedSchema = { name: 'AuditEntry', type: auditEntry };

const INVITES: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/invites',
    id: 'invites',
    tag: 'Invites',
    summary: 'The invites, the newest first',
    access: 'users:manage',
    answers: {
      200: {
        description: 'The invites, but not their codes.',
        content: json('InviteList', inviteList, { one: { invites: [EXAMPLE_INVITE] } }, [INVITE]),
      },
    },
    refusals: DATABASE,
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/invites',
    id: 'createInvite',
    tag: 'Invites',
    summary: 'Makes a code with which one account can be made',
    access: 'users:manage',
    body: json('InviteCreation', inviteCreation, { dale: { note: 'for Dale', expires_in: 604_800 } }),
    answers: {
      201: {
        description: 'The code, which is shown this once.',
        content: json('InviteMade', inviteMade, { dale: { ...EXAMPLE_INVITE, code: 'K7QW-2MXD-R9TP' } }),
      },
    },
    refusals: [...JSON_BODY, ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/invites/{id}',
    id: 'revokeInvite',
    tag: 'Invites',
    summary: 'Revokes an invite',
    access: 'users:manage',
    parameters: { path: z.object({ id: z.string().describe('The id of an invite.') }) },
    answers: done('It is revoked.'),
    refusals: ['invite.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
];

const { user, moderator, admin } = ROLE_PERMISSIONS;

const OVERSIGHT: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/permissions',
    id: 'permissions',
    tag: 'Permissions and audit',
    summary: 'What there is to be permitted, and what the caller may do',
    access: 'session',
    answers: {
      200: {
        description: 'The permissions.',
        content: json('PermissionOverview', permissionOverview, {
          user: {
            permissions: [{ name: 'messages:write', description: 'send messages, and read one’s own' }],
            roles: { user, moderator, admin },
            mine: user,
          },
        }),
      },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/audit',
    id: 'audit',
    tag: 'Permissions and audit',
    summary: 'The audit log, the newest lines first, a page at a time',
    access: 'audit:read',
    parameters: { query: auditQuery },
    answers: {
      200: {
        description: 'A page.',
        content: json('AuditPage', auditPage, { page: { entries: [EXAMPLE_ENTRY], next: 42 } }, [ENTRY]),
      },
    },
    refusals: ['request.invalid_field', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/audit/verification',
    id: 'verifyAudit',
    tag: 'Permissions and audit',
    summary: 'Whether the audit log is whole: reads all of it and checks the chain of its hashes',
    access: 'audit:read',
    answers: {
      200: {
        description: 'Whether it is.',
        content: json('AuditVerification', auditVerification, {
          whole: { is_whole: true, entries: 42, first_broken: null },
        }),
      },
    },
    refusals: DATABASE,
    refusalForm: 'problem',
  },
];

/** Invites, permissions and the audit log. */
export const ADMINISTRATION_OPERATIONS: readonly Operation[] = [...INVITES, ...OVERSIGHT];

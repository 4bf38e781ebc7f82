import type { AccountView } from '../../../protocol/accounts.js';
import type { AuditEntry } from '../../../protocol/audit.js';
import type { SessionView } from '../../../protocol/sessions.js';

const TIME = '2026-11-21T02:44:57.123Z';

/** An account as a server answers it. */
export function accountOf(more: Partial<AccountView> = {}): AccountView {
  return {
    id: 'u1',
    username: 'dale',
    email: 'dale@example.org',
    full_name: 'Dale Cooper',
    phone: '',
    address: '',
    city: '',
    country: '',
    postal_code: '',
    date_of_birth: '',
    role: 'user',
    status: 'active',
    created_at: TIME,
    updated_at: TIME,
    last_login: null,
    notes: '',
    metadata: {},
    permissions: ['messages:write', 'chat'],
    has_own_permissions: false,
    must_change_password: false,
    ...more,
  };
}

/** A session as a server answers it. */
export function sessionOf(more: Partial<SessionView> = {}): SessionView {
  return {
    id: 's1',
    kind: 'login',
    endpoint: '127.0.0.1',
    client: 'gather/1',
    created_at: TIME,
    last_used_at: TIME,
    expires_at: TIME,
    is_current: true,
    ...more,
  };
}

/** A line of the audit log as a server answers it. */
export function auditEntryOf(seq: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    seq,
    at: TIME,
    action: 'login',
    outcome: 'done',
    actor: 'dale',
    subject: null,
    endpoint: '127.0.0.1',
    door: 'http',
    details: {},
    hash: 'h',
    ...more,
  };
}

/** The answer to a login. */
export function loginOf(user: AccountView, token = 'gds_new'): object {
  return { token, expires_at: TIME, user };
}

import type { AccountSummary, AccountView } from '../../../../protocol/accounts.js';
import { type Column, facts } from '../../output/table.js';

/** An account for people, as its bearer and administrators see it. */
export function accountText(account: AccountView): string {
  const { metadata, has_own_permissions: isOwn } = account;
  const hasMetadata = Object.keys(metadata).length > 0;
  const origin = isOwn ? 'its own' : `those of ${account.role}`;
  const permissions = account.permissions.length === 0 ? 'none' : account.permissions.join(', ');
  return facts({
    User: account.username,
    'E-mail': account.email,
    Name: account.full_name,
    Phone: account.phone,
    Address: account.address,
    City: account.city,
    Country: account.country,
    'Postal code': account.postal_code,
    'Date of birth': account.date_of_birth,
    Notes: account.notes,
    Metadata: hasMetadata ? JSON.stringify(metadata) : null,
    Role: account.role,
    Status: account.status,
    Permissions: `${permissions} (${origin})`,
    Created: account.created_at,
    Changed: account.updated_at,
    'Last login': account.last_login,
    Password: account.must_change_password ? 'made for one login: change it with "gather passwd"' : null,
  });
}

/** The columns of a list of whole accounts. */
export const ACCOUNT_COLUMNS: readonly Column<AccountView>[] = [
  { title: 'USER', of: ({ username }) => username },
  { title: 'NAME', of: ({ full_name: name }) => name },
  { title: 'E-MAIL', of: ({ email }) => email },
  { title: 'ROLE', of: ({ role }) => role },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'LAST LOGIN', of: ({ last_login: time }) => time },
];

/** The columns of a list of what any account sees of others. */
export const SUMMARY_COLUMNS: readonly Column<AccountSummary>[] = [
  { title: 'USER', of: ({ username }) => username },
  { title: 'NAME', of: ({ full_name: name }) => name },
  { title: 'ROLE', of: ({ role }) => role },
];

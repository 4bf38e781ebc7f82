import type { Permission } from '../../../../protocol/permissions.js';

/** What `gather` does with a token that may do this; the first that fits is shown. */
const USES: readonly (readonly [Permission, string])[] = [
  ['messages:write', "send 'Hail Dale!'"],
  ['feed:read', 'tail'],
  ['messages:read', 'query'],
  ['chat', 'chat'],
  ['employees:get', 'employees list'],
  ['users:manage', 'users'],
  ['audit:read', 'audit'],
];

/** What a token is used by. */
export interface TokenUse {
  readonly token: string;
  readonly permissions: readonly string[];
  /** Whose it is. */
  readonly user: string;
  /** The address of the server. */
  readonly server: string;
}

/** A line for a shell that uses a token. The names that users have hold nothing that a shell would take for its own. */
export function gatherLine({ token, permissions, user, server }: TokenUse): string {
  const use = USES.find(([permission]) => permissions.includes(permission))?.[1] ?? 'status';
  return `GATHER_TOKEN=${token} gather ${use} --server ${server} --user ${user}`;
}

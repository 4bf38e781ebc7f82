import * as z from 'zod';

/** Everything that an account can be permitted to do, each with what it is; an administrator is who may `users:manage`. */
export const PERMISSIONS = {
  'messages:write': 'send messages, and read one’s own',
  'messages:read': 'read everybody’s messages',
  'feed:read': 'follow everybody’s messages live',
  chat: 'read and write the chat',
  'users:manage': 'administer accounts and invites',
  'employees:get': 'read employee records',
  'employees:add': 'add employee records',
  'employees:update': 'change employee records',
  'employees:delete': 'delete employee records',
  'audit:read': 'read the audit log',
} as const satisfies Record<string, string>;
export type Permission = keyof typeof PERMISSIONS;

/** The names of all permissions, in the order in which they are shown. */
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[];

/** The roles of contract 2. */
export const ROLES = ['user', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What each role may do where an account has no permissions of its own. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  user: ['messages:write', 'chat'],
  moderator: ['messages:write', 'messages:read', 'feed:read', 'chat'],
  admin: PERMISSION_NAMES,
};

/** A list of permissions, each once. */
export const permissionList = z
  .array(z.enum(PERMISSION_NAMES as [Permission, ...Permission[]], { error: 'is no permission' }))
  .max(PERMISSION_NAMES.length)
  .transform((names): readonly Permission[] => PERMISSION_NAMES.filter((name) => names.includes(name)));

const permission = z.enum(PERMISSION_NAMES as [Permission, ...Permission[]]);

/** The answer of `GET /v1/permissions`. */
export const permissionOverview = z.object({
  permissions: z.array(z.object({ name: permission, description: z.string() })),
  roles: z
    .object({ user: z.array(permission), moderator: z.array(permission), admin: z.array(permission) })
    .describe('What each role may do where an account has no permissions of its own.'),
  mine: z.array(permission).describe('What the caller may do with this token.'),
});
export type PermissionOverview = z.infer<typeof permissionOverview>;

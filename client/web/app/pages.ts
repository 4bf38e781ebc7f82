import {
  IconChartLine,
  IconHistory,
  IconId,
  IconMail,
  IconMessageCircle,
  IconMessages,
  IconSettings,
  IconUser,
  IconUsers,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { UnreadMark } from '../chat/unread-mark.js';
import type { Permission } from '../../../protocol/permissions.js';
import { LazyPage } from './lazy-page.js';

/** A page of the console. */
export interface Page {
  /** Below `/console`. */
  readonly path: string;
  readonly title: string;
  readonly icon: ComponentType<{ size?: number; 'aria-hidden'?: boolean }>;
  /** Who has one of these sees it; undefined: everybody who is logged in. */
  readonly permissions?: readonly Permission[];
  readonly group?: 'Administration';
  /** Stands beside its title. */
  readonly mark?: ComponentType;
  readonly content: LazyPage;
}

/** All of them, in the order in which they are shown. */
export const PAGES: readonly Page[] = [
  {
    path: '/overview',
    title: 'Overview',
    icon: IconChartLine,
    permissions: ['messages:read'],
    content: new LazyPage(async () => (await import('../overview/overview-page.js')).OverviewPage),
  },
  {
    path: '/messages',
    title: 'Messages',
    icon: IconMessages,
    permissions: ['messages:read', 'messages:write', 'feed:read'],
    content: new LazyPage(async () => (await import('../messages/messages-page.js')).MessagesPage),
  },
  {
    path: '/chat',
    title: 'Chat',
    icon: IconMessageCircle,
    permissions: ['chat'],
    mark: UnreadMark,
    content: new LazyPage(async () => (await import('../chat/chat-page.js')).ChatPage),
  },
  {
    path: '/employees',
    title: 'Employees',
    icon: IconId,
    permissions: ['employees:get', 'employees:add'],
    content: new LazyPage(async () => (await import('../employees/employees-page.js')).EmployeesPage),
  },
  {
    path: '/account',
    title: 'My account',
    icon: IconUser,
    content: new LazyPage(async () => (await import('../account/account-page.js')).AccountPage),
  },
  {
    path: '/users',
    title: 'Users',
    icon: IconUsers,
    permissions: ['users:manage'],
    group: 'Administration',
    content: new LazyPage(async () => (await import('../users/users-page.js')).UsersPage),
  },
  {
    path: '/invites',
    title: 'Invites',
    icon: IconMail,
    permissions: ['users:manage'],
    group: 'Administration',
    content: new LazyPage(
      async () => (await import('../administration/invites/invites-page.js')).InvitesPage,
    ),
  },
  {
    path: '/audit',
    title: 'Audit log',
    icon: IconHistory,
    permissions: ['audit:read'],
    group: 'Administration',
    content: new LazyPage(async () => (await import('../administration/audit/audit-page.js')).AuditPage),
  },
  {
    path: '/settings',
    title: 'Settings',
    icon: IconSettings,
    permissions: ['users:manage'],
    group: 'Administration',
    content: new LazyPage(
      async () => (await import('../administration/settings/settings-page.js')).SettingsPage,
    ),
  },
];

/** The pages for somebody with these permissions. */
export function pagesFor(permissions: readonly Permission[]): readonly Page[] {
  return PAGES.filter(({ permissions: needed }) => needed?.some((one) => permissions.includes(one)) ?? true);
}

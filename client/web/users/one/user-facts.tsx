import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AccountView } from '../../../../protocol/accounts.js';
import { TimeText } from '../../parts/text/time-text.js';
import { StatusBadge } from '../status-badge.js';

/** What there is to know of an account at a glance. */
export function UserFacts({ account }: { readonly account: AccountView }) {
  const { role, status, last_login, created_at, updated_at, must_change_password } = account;
  return (
    <Group
      style={{ columnGap: 'var(--mantine-spacing-lg)', rowGap: 'var(--mantine-spacing-xs)' }}
      align="flex-start"
      component="dl"
      m={0}
    >
      <Fact title="Status">
        <StatusBadge status={status} />
      </Fact>
      <Fact title="Role">{account.has_own_permissions ? `${role}, with its own permissions` : role}</Fact>
      <Fact title="Last login">{last_login === null ? 'never' : <TimeText time={last_login} />}</Fact>
      <Fact title="Created">
        <TimeText time={created_at} />
      </Fact>
      <Fact title="Changed">
        <TimeText time={updated_at} />
      </Fact>
      {must_change_password ? <Fact title="Password">one-time, has to be changed</Fact> : null}
    </Group>
  );
}

function Fact({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {title}
      </Text>
      <Text component="dd" size="sm" m={0}>
        {children}
      </Text>
    </div>
  );
}

import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { AccountView } from '../../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { PageFrame } from '../../parts/page-frame.js';
import { DamagedNote } from '../../parts/account/profile-fields.js';
import { GatherError } from '../../../api/gather-error.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { AllUsersLink } from '../all-users-link.js';
import { keyOf } from '../user-queries.js';
import { AccessTab } from './access-tab.js';
import { ProfileTab } from './profile-tab.js';
import { SessionsTab } from './sessions-tab.js';
import { TokensTab } from './tokens-tab.js';
import { UserFacts } from './user-facts.js';

interface UserTab {
  readonly name: string;
  readonly title: string;
  readonly content: (account: AccountView) => ReactNode;
}

const TABS: readonly [UserTab, ...UserTab[]] = [
  { name: 'profile', title: 'Profile', content: (account) => <ProfileTab account={account} /> },
  { name: 'access', title: 'Access', content: (account) => <AccessTab account={account} /> },
  { name: 'sessions', title: 'Sessions', content: (account) => <SessionsTab account={account} /> },
  { name: 'tokens', title: 'API tokens', content: (account) => <TokensTab account={account} /> },
];

/** A user's own page. */
export function UserPage({ name }: { readonly name: string }) {
  const { administration } = useConsole().server;
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('account', name),
    queryFn: () => administration.user(BROWSER_SESSION, name),
  });
  // Another user's page is another one: nothing that was typed is taken over. That of a user who is renamed is the same.
  return (
    <PageFrame title={data?.username ?? name} actions={<AllUsersLink />}>
      {isUnknown(error) ? <NoUser name={name} /> : <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <LoadingNote /> : <User key={data.id} account={data} />}
    </PageFrame>
  );
}

function isUnknown(error: unknown): boolean {
  return error instanceof GatherError && error.status === 404;
}

function NoUser({ name }: { readonly name: string }) {
  return (
    <EmptyNote title="There is no such user">
      Nobody has the name <bdi>{name}</bdi>, or has it any more. Search the list of all users.
    </EmptyNote>
  );
}

// Only what was looked at asks the server.
function useOpened(shown: string): ReadonlySet<string> {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set([shown]));
  if (!opened.has(shown)) setOpened(new Set([...opened, shown]));
  return opened;
}

function User({ account }: { readonly account: AccountView }) {
  const [query, setQuery] = useSearchParams();
  const shown = TABS.find(({ name }) => name === query.get('tab')) ?? TABS[0];
  const opened = useOpened(shown.name);
  return (
    <>
      <UserFacts account={account} />
      <DamagedNote fields={account.damaged_fields} />
      <Tabs
        value={shown.name}
        // Effects go on where a panel is hidden: what is typed there is asked about before one leaves.
        keepMountedMode="display-none"
        onChange={(tab) => {
          setQuery(tab === null ? {} : { tab }, { replace: true });
        }}
      >
        <Tabs.List aria-label="About the user">
          {TABS.map(({ name, title }) => (
            <Tabs.Tab key={name} value={name}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map(({ name, content }) => (
          <Tabs.Panel key={name} value={name} pt="md">
            {opened.has(name) ? content(account) : null}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}

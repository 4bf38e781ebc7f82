import { Divider, Loader, NavLink, Stack, Text } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { ErrorNote } from '../parts/error-note.js';
import { ColorSchemeChoice } from './color-scheme-choice.js';
import { useConsole, useMember, useStore } from './console-context.js';
import { comingPage } from './page-navigation.js';
import type { Page } from './pages.js';

interface NavigationProps {
  readonly pages: readonly Page[];
  /** Called when a page was chosen. */
  readonly onChosen: () => void;
}

/** The pages, who is logged in, and the way out. */
export function Navigation({ pages, onChosen }: NavigationProps) {
  const own = pages.filter(({ group }) => group === undefined);
  const administration = pages.filter(({ group }) => group !== undefined);
  return (
    <Stack gap={0} h="100%" justify="space-between">
      <nav aria-label="Pages">
        <PageLinks pages={own} onChosen={onChosen} />
        {administration.length === 0 ? null : (
          <>
            <Divider my="xs" />
            <Text size="xs" c="dimmed" px="sm" pb={4}>
              Administration
            </Text>
            <PageLinks pages={administration} onChosen={onChosen} />
          </>
        )}
      </nav>
      <Foot />
    </Stack>
  );
}

function PageLinks({ pages, onChosen }: NavigationProps) {
  const [location] = useLocation();
  const coming = useStore(comingPage);
  return pages.map(({ path, title, icon: Icon, mark: Mark }) => {
    const isHere = location === path || location.startsWith(`${path}/`);
    return (
      <NavLink
        key={path}
        component={Link}
        href={path}
        label={title}
        leftSection={<Icon size={18} aria-hidden />}
        rightSection={coming?.path === path ? <Loader size={14} aria-label="Loading" /> : Mark && <Mark />}
        active={isHere}
        aria-current={isHere ? 'page' : undefined}
        onClick={onChosen}
      />
    );
  });
}

function Foot() {
  const { session } = useConsole();
  const { account } = useMember();
  const leaving = useMutation({ mutationFn: () => session.logOut() });
  return (
    <Stack gap="xs" p="xs">
      <ColorSchemeChoice />
      <Text size="sm" truncate title={account.username}>
        {account.username}{' '}
        <Text span c="dimmed">
          ({account.role})
        </Text>
      </Text>
      <ErrorNote error={leaving.error} />
      <NavLink
        component="button"
        label="Log out"
        leftSection={<IconLogout size={18} aria-hidden />}
        onClick={() => {
          leaving.mutate();
        }}
      />
    </Stack>
  );
}

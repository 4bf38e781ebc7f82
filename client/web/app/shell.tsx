import { AppShell, Burger, Group, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { type RefObject, useRef } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { ChatProvider } from '../chat/chat-provider.js';
import { LeaveGuarded } from '../parts/forms/leave-guard.js';
import { PageFrame } from '../parts/page-frame.js';
import { LogInAgain } from '../session/login/log-in-again.js';
import { CONNECTION_LINE, ConnectionLine } from './connection-banner.js';
import { useConsole, useMember, useStore } from './console-context.js';
import { Navigation } from './navigation.js';
import { PageContent } from './page-content.js';
import { usePagesAhead } from './page-navigation.js';
import { type Page, pagesFor } from './pages.js';
import './app.css';
import classes from './shell.module.css';

/** What the pages are shown with. */
export interface ShellProps {
  /** Whether the session is good no more. */
  readonly hasEnded: boolean;
  /** Whether a password that was made for one login has to be changed first. */
  readonly needsPassword: boolean;
}

/** How high the bar at the top is, in pixels. */
const BAR = 48;

/** What is around every page of somebody who is logged in. */
export function Shell({ hasEnded, needsPassword }: ShellProps) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const pages = pagesFor(useMember().permissions);
  usePagesAhead(pages);
  const isConnected = useStore(useConsole().connection.isConnected);
  const { base, sm } = isConnected ? { base: 0, sm: 0 } : CONNECTION_LINE;
  const burger = useRef<HTMLButtonElement>(null);
  const onEscape = (): void => {
    if (!isOpen) return;
    close();
    burger.current?.focus();
  };
  useHotkeys([['Escape', onEscape, { preventDefault: false }]]);
  return (
    <LeaveGuarded>
      <AppShell
        header={{ height: { base: BAR + base, sm: BAR + sm } }}
        navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
        padding="md"
        transitionDuration={0}
      >
        <a href="#page" className={classes['skip']}>
          Skip to the page
        </a>
        <AppShell.Header>
          <Bar burger={burger} isOpen={isOpen} onToggle={toggle} />
          <ConnectionLine />
        </AppShell.Header>
        <AppShell.Navbar
          p="xs"
          className={classes['navigation'] ?? ''}
          data-closed={isOpen ? undefined : true}
        >
          <Navigation pages={pages} onChosen={close} />
        </AppShell.Navbar>
        <AppShell.Main id="page" tabIndex={-1}>
          <ChatProvider>
            <Pages pages={pages} />
          </ChatProvider>
        </AppShell.Main>
        <LogInAgain isNeeded={hasEnded} needsPassword={needsPassword} />
      </AppShell>
    </LeaveGuarded>
  );
}

interface BarProps {
  readonly burger: RefObject<HTMLButtonElement | null>;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Bar({ burger, isOpen, onToggle }: BarProps) {
  return (
    <Group h={BAR} px="md" gap="xs">
      <Burger
        ref={burger}
        opened={isOpen}
        onClick={onToggle}
        hiddenFrom="sm"
        size="sm"
        aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'}
        aria-expanded={isOpen}
      />
      <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={24} height={24} />
      <Text fw={700}>gatherd</Text>
    </Group>
  );
}

function Pages({ pages }: { readonly pages: readonly Page[] }) {
  return (
    <Switch>
      {pages.map((page) => (
        <Route key={page.path} path={page.path} nest>
          <PageContent page={page} />
        </Route>
      ))}
      <Route path="/">
        <Redirect to={pages[0]?.path ?? '/account'} replace />
      </Route>
      <Route>
        <PageFrame title="Nothing here">There is no such page, or it is not for you.</PageFrame>
      </Route>
    </Switch>
  );
}

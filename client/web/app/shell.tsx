import { AppShell, Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Redirect, Route, Switch } from 'wouter';
import { ChatProvider } from '../chat/chat-provider.js';
import { PageFrame } from '../parts/page-frame.js';
import { LogInAgain } from '../session/log-in-again.js';
import { useMember } from './console-context.js';
import { Navigation } from './navigation.js';
import { PageContent } from './page-content.js';
import { usePagesAhead } from './page-navigation.js';
import { pagesFor } from './pages.js';
import classes from './shell.module.css';

/** What the pages are shown with. */
export interface ShellProps {
  /** Whether the session is good no more. */
  readonly hasEnded: boolean;
  /** Whether a password that was made for one login has to be changed first. */
  readonly needsPassword: boolean;
}

/** What is around every page of somebody who is logged in. */
export function Shell({ hasEnded, needsPassword }: ShellProps) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const pages = pagesFor(useMember().permissions);
  usePagesAhead(pages);
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a href="#page" className={classes['skip']}>
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md">
          <Burger
            opened={isOpen}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'}
            aria-expanded={isOpen}
          />
          <Text fw={700}>gatherd</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation pages={pages} onChosen={close} />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <ChatProvider>
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
        </ChatProvider>
      </AppShell.Main>
      <LogInAgain isNeeded={hasEnded} needsPassword={needsPassword} />
    </AppShell>
  );
}

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useLayoutEffect } from 'react';
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import { LoadingNote } from '../parts/loading-note.js';
import { LoginPage } from '../session/login/login-page.js';
import { NewPasswordPage } from '../session/new-password/new-password-page.js';
import { RegisterPage } from '../session/registering/register-page.js';
import { type Console, ConsoleContext, useConsole, useStore } from './console-context.js';
import { ConnectionBanner } from './connection-banner.js';
import { ErrorBoundary } from './error-boundary.js';
import { FailureNote } from './page-content.js';
import { PageRouter } from './page-navigation.js';
import { useFocusRescue } from './focus-rescue.js';
import { Shell, type ShellProps } from './shell.js';
import { CSS_VARIABLES, THEME } from './theme.js';

/** The path that all pages are below. */
const BASE_PATH = '/console';

const REGISTER_PATH = '/register';

const BROKEN = 'Something went wrong in the console.';

interface AppProps {
  readonly console: Console;
  readonly queries: QueryClient;
  /** What Mantine's style elements need to be allowed. */
  readonly styleNonce: string;
}

/** The whole console. */
export function App({ console, queries, styleNonce }: AppProps) {
  return (
    <MantineProvider
      theme={THEME}
      defaultColorScheme="auto"
      cssVariablesResolver={CSS_VARIABLES}
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queries}>
        <ConsoleContext value={console}>
          <PageRouter base={BASE_PATH}>
            <Notifications position="bottom-right" />
            <ConnectionBanner />
            <ErrorBoundary fallback={(retry) => <FailureNote words={BROKEN} onRetry={retry} />}>
              <WhoIsThere />
            </ErrorBoundary>
          </PageRouter>
        </ConsoleContext>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function WhoIsThere() {
  useFocusRescue();
  const state = useStore(useConsole().session.state);
  switch (state.kind) {
    case 'unknown':
      return <LoadingNote />;
    case 'out':
      return <Outside word={state.word} />;
    case 'newcomer':
      return <NewPasswordPage name={state.name} />;
    case 'in':
      // Another user's page is another page: nothing of it stays.
      return (
        <Inside key={state.member.account.id} hasEnded={state.hasEnded} needsPassword={state.needsPassword} />
      );
  }
}

function Outside({ word }: { readonly word: string | undefined }) {
  const [location, navigate] = useLocation();
  const search = useSearch();
  // Before anything is seen: whoever sees that nobody is there finds no address either.
  useLayoutEffect(() => {
    // Who has left on purpose leaves no address to whoever comes next, by the way back neither.
    if (word !== undefined && location !== REGISTER_PATH && location + search !== '/')
      navigate('/', { replace: true });
  }, [word, location, search, navigate]);
  return (
    <Switch>
      <Route path={REGISTER_PATH}>
        <RegisterPage />
      </Route>
      <Route>
        <LoginPage word={word} />
      </Route>
    </Switch>
  );
}

function Inside(props: ShellProps) {
  return (
    <Switch>
      <Route path={REGISTER_PATH}>
        <Redirect to="/" replace />
      </Route>
      <Route>
        <Shell {...props} />
      </Route>
    </Switch>
  );
}

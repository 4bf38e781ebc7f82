import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Router } from 'wouter';
import { LoadingNote } from '../parts/loading-note.js';
import { LoginPage } from '../session/login-page.js';
import { NewPasswordPage } from '../session/new-password-page.js';
import { type Console, ConsoleContext, useConsole, useStore } from './console-context.js';
import { ConnectionBanner } from './connection-banner.js';
import { Shell } from './shell.js';
import { CSS_VARIABLES, THEME } from './theme.js';

/** The path that all pages are below. */
export const BASE_PATH = '/console';

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
          <Router base={BASE_PATH}>
            <Notifications position="bottom-right" />
            <ConnectionBanner />
            <WhoIsThere />
          </Router>
        </ConsoleContext>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function WhoIsThere() {
  const state = useStore(useConsole().session.state);
  switch (state.kind) {
    case 'unknown':
      return <LoadingNote />;
    case 'out':
      return <LoginPage />;
    case 'newcomer':
      return <NewPasswordPage name={state.name} />;
    case 'in':
      // Another user's page is another page: nothing of it stays.
      return <Shell key={state.visit} hasEnded={state.hasEnded} />;
  }
}

import { Alert, Button, Group } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect } from 'react';
import { LoadingNote } from '../parts/loading-note.js';
import { PageFrame } from '../parts/page-frame.js';
import { useConsole, useMember, useStore } from './console-context.js';
import { ErrorBoundary } from './error-boundary.js';
import type { Page } from './pages.js';

/** A page, once its script is there; where that does not come, or the page fails, what is to be done. */
export function PageContent({ page }: { readonly page: Page }) {
  const { permissions } = useMember();
  const { connection } = useConsole();
  const isConnected = useStore(connection.isConnected);
  const state = useStore(page.content.state);
  useEffect(() => {
    if (isConnected) void page.content.load();
  }, [page, isConnected]);
  const load = (): void => void page.content.load();
  if (state.kind === 'failed') return <Failed title={page.title} words={NOT_LOADED} onRetry={load} />;
  if (state.kind !== 'loaded') return <LoadingNote />;
  const { content: Content } = state;
  return (
    <ErrorBoundary fallback={(retry) => <Failed title={page.title} words={BROKEN} onRetry={retry} />}>
      {/* What it has read is not for somebody with other permissions. */}
      <Content key={page.permissions?.filter((one) => permissions.includes(one)).join(' ')} />
    </ErrorBoundary>
  );
}

const NOT_LOADED =
  'This page could not be loaded. If gatherd was updated meanwhile, load the console again; what is typed and not saved is lost then.';
const BROKEN = 'Something went wrong in this page. The others still work.';

interface FailedProps {
  readonly title: string;
  readonly words: string;
  readonly onRetry: () => void;
}

function Failed({ title, words, onRetry }: FailedProps) {
  return (
    <PageFrame title={title}>
      <FailureNote words={words} onRetry={onRetry} />
    </PageFrame>
  );
}

/** Says that something cannot be shown, and what to do. */
export function FailureNote({ words, onRetry }: Pick<FailedProps, 'words' | 'onRetry'>) {
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />} py="xs">
      <Group justify="space-between">
        <span>{words}</span>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              window.location.reload();
            }}
          >
            Load the console again
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}

import { Alert } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { PageFrame } from '../../parts/page-frame.js';
import { SettingsList } from './settings-list.js';

/** The settings in force. */
export function SettingsPage() {
  const { server } = useConsole();
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: () => server.administration.settings(BROWSER_SESSION),
  });
  return (
    <PageFrame title="Settings">
      <Alert role="note" color="gray" icon={<IconInfoCircle aria-hidden />} py="xs">
        These are the settings with which gatherd was started. To change one, set its variable in the
        environment or in the file of <code>--config</code>, or give its flag, where gatherd is started; then
        restart it. A flag goes before the environment, which goes before the file.
      </Alert>
      <ErrorNote error={settings.error} onRetry={() => void settings.refetch()} />
      {settings.isPending && settings.isFetching ? <LoadingNote /> : null}
      {settings.data === undefined ? null : <SettingsList settings={settings.data} />}
    </PageFrame>
  );
}

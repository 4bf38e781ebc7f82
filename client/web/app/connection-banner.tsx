import { Alert } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useConsole, useStore } from './console-context.js';
import classes from './connection-banner.module.css';

/** Says that the server does not answer, for as long as it does not. */
export function ConnectionBanner() {
  const isConnected = useStore(useConsole().connection.isConnected);
  return (
    <div role="status" className={classes['place']}>
      {isConnected ? null : (
        <Alert color="red" variant="filled" icon={<IconPlugConnectedX aria-hidden />} py="xs">
          The server does not answer. Trying again; this goes away by itself.
        </Alert>
      )}
    </div>
  );
}

import { Alert } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useConsole, useStore } from './console-context.js';
import classes from './connection-banner.module.css';

/** How high the line is, in pixels: on a phone it is two lines of text. */
export const CONNECTION_LINE = { base: 56, sm: 36 } as const;

/** Above the pages for whoever is not in: says that the server does not answer, for as long as it does not. */
export function ConnectionBanner() {
  const state = useStore(useConsole().session.state);
  if (state.kind === 'in') return null;
  return (
    <div className={classes['place']}>
      <ConnectionLine />
    </div>
  );
}

/** Says that the server does not answer, in a line that has a place of its own. */
export function ConnectionLine() {
  const isConnected = useStore(useConsole().connection.isConnected);
  return (
    <div role="status">
      {isConnected ? null : (
        <Alert
          color="red"
          variant="filled"
          radius={0}
          icon={<IconPlugConnectedX aria-hidden />}
          className={classes['line']}
        >
          The server does not answer. Trying again; this goes away by itself.
        </Alert>
      )}
    </div>
  );
}

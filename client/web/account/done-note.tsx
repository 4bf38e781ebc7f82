import { Alert } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Says what was done; nothing yet where there is nothing to say. */
export function DoneNote({ children }: { readonly children: ReactNode }) {
  const isEmpty = children === undefined || children === null;
  return (
    <div role="status">
      {isEmpty ? null : (
        <Alert color="green" icon={<IconCheck aria-hidden />} py="xs">
          {children}
        </Alert>
      )}
    </div>
  );
}

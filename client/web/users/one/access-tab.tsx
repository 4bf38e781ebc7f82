import { SimpleGrid, Stack } from '@mantine/core';
import type { AccountView } from '../../../../protocol/accounts.js';
import { AccessForm } from './access-form.js';
import { DeletionPanel } from './deletion-panel.js';
import { PasswordPanel } from './password-panel.js';
import { StatusPanel } from './status-panel.js';

/** What a user may do, whether and how he gets in. */
export function AccessTab({ account }: { readonly account: AccountView }) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
      <AccessForm account={account} />
      <Stack>
        <StatusPanel account={account} />
        <PasswordPanel account={account} />
        <DeletionPanel account={account} />
      </Stack>
    </SimpleGrid>
  );
}

import { Button, Stack, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCopy } from '@tabler/icons-react';
import type { SettingView } from '../../../../protocol/console.js';
import { settingsText } from './setting-choice.js';

/** Copies these settings as text. */
export function CopySettings({ settings }: { readonly settings: readonly SettingView[] }) {
  const { copy, copied, error } = useClipboard();
  return (
    <Stack gap={4} align="flex-end">
      <Button
        variant="default"
        leftSection={<IconCopy size={18} aria-hidden />}
        onClick={() => {
          copy(settingsText(settings));
        }}
      >
        {copied ? 'Copied' : 'Copy as text'}
      </Button>
      {error === null ? null : (
        <Text size="sm" c="error" role="alert">
          The browser lets pages copy over HTTPS or from localhost only.
        </Text>
      )}
    </Stack>
  );
}

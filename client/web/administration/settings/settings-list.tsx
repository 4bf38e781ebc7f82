import { Badge, Code, Group, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { settingsText, type SettingView } from '../../../../protocol/console.js';
import { type Column, DataTable } from '../../parts/data-table.js';
import { CopyTextButton } from '../../parts/copy/copy-text-button.js';
import { Dimmed } from '../../parts/text/dimmed.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { SearchField } from '../../parts/forms/search-field.js';
import { numberText } from '../../parts/words.js';
import { isSet, matches } from './setting-choice.js';
import classes from './settings-list.module.css';

const COLUMNS: readonly Column<SettingView>[] = [
  { title: 'Variable', cell: ({ name }) => <Code className={classes['name']}>{name}</Code> },
  { title: 'Value', cell: (setting) => <Value setting={setting} /> },
  { title: 'Origin', cell: (setting) => <Origin setting={setting} /> },
  { title: 'What it is', cell: ({ summary }) => summary },
];

/** The settings, all or those that are looked for. */
export function SettingsList({ settings }: { readonly settings: readonly SettingView[] }) {
  const [search, setSearch] = useState('');
  const [isOnlySet, setOnlySet] = useState(false);
  const shown = settings.filter((one) => (isSet(one) || !isOnlySet) && matches(one, search));
  return (
    <Stack gap="md">
      <Group align="flex-end" justify="space-between">
        <Group align="flex-end" gap="lg" w={{ base: '100%', xs: 'auto' }} role="search" aria-label="Settings">
          <SearchField
            placeholder="tls, port, limit …"
            w={{ base: '100%', xs: 240 }}
            text={search}
            isAtOnce
            onSearch={setSearch}
          />
          <Switch
            label="Only what is not a default"
            pb={8}
            checked={isOnlySet}
            onChange={({ currentTarget }) => {
              setOnlySet(currentTarget.checked);
            }}
          />
        </Group>
        <CopyTextButton label="Copy as text" text={() => settingsText(shown)} />
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {numberText(shown.length)} of {numberText(settings.length)} settings
      </Text>
      {shown.length === 0 ? (
        <EmptyNote title="No such settings">Search for another word, or show the defaults, too.</EmptyNote>
      ) : (
        <DataTable label="Settings" columns={COLUMNS} rows={shown} keyOf={({ name }) => name} />
      )}
    </Stack>
  );
}

function Value({ setting: { value, is_secret: isSecret } }: { readonly setting: SettingView }) {
  if (!isSecret && value !== '') return <bdi className={classes['value']}>{value}</bdi>;
  return <Dimmed>{value === '' ? '(none)' : value}</Dimmed>;
}

function Origin({ setting }: { readonly setting: SettingView }) {
  if (!isSet(setting)) return setting.origin;
  return (
    <Badge variant="filled" tt="none" miw="max-content">
      {setting.origin}
    </Badge>
  );
}

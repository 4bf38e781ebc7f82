import { Button, Code, Group, Stack } from '@mantine/core';
import type { AuditEntry } from '../../../../protocol/audit.js';
import { FactList } from '../../parts/fact-list.js';
import { exactText } from '../../parts/text/time-text.js';

interface AuditDetailsProps {
  readonly entry: AuditEntry;
  /** Shows only the lines about somebody. */
  readonly onUser: (name: string) => void;
}

/** All that is known of a line. */
export function AuditDetails({ entry, onUser }: AuditDetailsProps) {
  const { actor, subject, details } = entry;
  const names = [...new Set([actor, subject])].filter((name) => name !== null);
  return (
    <Stack gap="sm" py="xs">
      <FactList
        facts={Object.entries(details).map(([name, value]) => [
          wordsFor(name),
          <Detail key={name} value={value} />,
        ])}
      />
      <FactList
        facts={[
          ['Exact time', exactText(new Date(entry.at))],
          ['Action', <Code key="action">{entry.action}</Code>],
          ['Hash', <Code key="hash">{entry.hash}</Code>],
        ]}
      />
      <Group gap="xs">
        {names.map((name) => (
          <Button
            key={name}
            variant="default"
            size="compact-sm"
            onClick={() => {
              onUser(name);
            }}
          >
            Only lines about&nbsp;<bdi>{name}</bdi>
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

function Detail({ value }: { readonly value: unknown }) {
  return <bdi>{valueText(value)}</bdi>;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length > 0) return value.map(valueText).join(', ');
  return JSON.stringify(value);
}

function wordsFor(name: string): string {
  return name.replaceAll('_', ' ');
}

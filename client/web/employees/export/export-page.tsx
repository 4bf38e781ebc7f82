import { Alert, Button, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconDownload } from '@tabler/icons-react';
import { UnreadableEmployee } from '../../../api/employees/whole-employees.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { PageFrame } from '../../parts/page-frame.js';
import { numberText, sentence, wordsOf } from '../../parts/words.js';
import { BackLink } from '../back-link.js';
import { useExport, useIdsOfAll } from './use-export.js';

/** Where somebody downloads all employees with everything. */
export function ExportPage() {
  const ids = useIdsOfAll();
  return (
    <PageFrame title="Export employees" actions={<BackLink />}>
      {ids.isPending ? <LoadingNote /> : null}
      <ErrorNote
        error={ids.error}
        onRetry={() => {
          void ids.refetch();
        }}
      />
      {ids.data?.length === 0 ? (
        <EmptyNote title="There are no employees">There is nothing to export yet.</EmptyNote>
      ) : null}
      {ids.data === undefined || ids.data.length === 0 ? null : <Export ids={ids.data} />}
    </PageFrame>
  );
}

function Export({ ids }: { readonly ids: readonly number[] }) {
  const { exporting, read, cancel } = useExport();
  const count = ids.length === 1 ? '1 employee' : `${numberText(ids.length)} employees`;
  return (
    <Paper withBorder p="md" maw={680}>
      <Stack>
        <Text size="sm">
          The file has everything about {count}, SSN, date of birth and salary, too, in the clear. Each record
          is read by itself: {ids.length === 1 ? '1 line is' : `${numberText(ids.length)} lines are`} written
          to the audit log.
        </Text>
        {exporting.isPending ? (
          <Running read={read} of={ids.length} onCancel={cancel} />
        ) : (
          <Group>
            <Button
              leftSection={<IconDownload size={16} aria-hidden />}
              onClick={() => {
                exporting.mutate(ids);
              }}
            >
              Export {count}
            </Button>
          </Group>
        )}
        <div role="status">{exporting.isSuccess ? <Exported {...exporting.data} /> : null}</div>
        <Failed error={exporting.error} read={read} />
      </Stack>
    </Paper>
  );
}

interface RunningProps {
  readonly read: number;
  readonly of: number;
  readonly onCancel: () => void;
}

function Running({ read, of, onCancel }: RunningProps) {
  return (
    <Stack gap="xs">
      <Progress value={(100 * read) / of} aria-label="Export" transitionDuration={0} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {numberText(read)} of {numberText(of)} read
        </Text>
        <Button variant="default" size="xs" onClick={onCancel}>
          Cancel the export
        </Button>
      </Group>
    </Stack>
  );
}

function Exported({ exported, gone }: { readonly exported: number; readonly gone: number }) {
  return (
    <Alert color="green" icon={<IconCheck aria-hidden />}>
      {exported === 1 ? '1 employee is' : `${numberText(exported)} employees are`} in employees.csv.
      {gone === 0 ? '' : ` Deleted meanwhile, and so left out: ${numberText(gone)}.`}
    </Alert>
  );
}

function Failed({ error, read }: { readonly error: unknown; readonly read: number }) {
  if (error === null) return null;
  if (error instanceof DOMException)
    return (
      <Alert role="alert" color="yellow">
        Cancelled. There is no file; {numberText(read)} records were read.
      </Alert>
    );
  if (!(error instanceof UnreadableEmployee)) return <ErrorNote error={error} />;
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />}>
      Employee {error.id} cannot be exported, and so nobody is:{' '}
      {error.cause === undefined ? sentence(error.message) : wordsOf(error.cause)}
    </Alert>
  );
}

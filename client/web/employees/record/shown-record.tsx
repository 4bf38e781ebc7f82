import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconEye, IconEyeOff, IconPencil, IconTrash } from '@tabler/icons-react';
import { type ReactNode } from 'react';
import { Link } from 'wouter';
import type { EmployeeView, MaskedEmployee } from '../../../../protocol/employees.js';
import { usePermission } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { FactList } from '../../parts/fact-list.js';
import { PageFrame } from '../../parts/page-frame.js';
import { TimeText } from '../../parts/text/time-text.js';
import { numberText } from '../../parts/words.js';
import { BackLink } from '../back-link.js';
import { FIELD_WORDS } from '../form/employee-texts.js';
import { Masked } from '../list/employee-list.js';
import { DeleteRecord } from './delete-record.js';
import type { WholeRecord } from './whole-record.js';

interface ShownRecordProps {
  readonly masked: MaskedEmployee;
  readonly whole: WholeRecord;
  /** Whether it is read to be changed. */
  readonly isToBeEdited: boolean;
}

/** One employee, masked until everything is asked for. */
export function ShownRecord({ masked, whole, isToBeEdited }: ShownRecordProps) {
  const { id } = masked;
  const shown = whole.record?.answer;
  const { first_name: first, last_name: last } = shown ?? masked;
  return (
    <PageFrame title={`Employee ${String(id)}`} actions={<Actions masked={masked} whole={whole} />}>
      <Paper withBorder p="md" maw={680}>
        <Stack>
          <FactList
            facts={[
              ['Name', <bdi key="name">{`${first} ${last}`}</bdi>],
              ...personalFacts(masked, shown),
              ['Changed', <TimeText key="changed" time={(shown ?? masked).updated_at} />],
            ]}
          />
          {isToBeEdited ? <BeforeEditing id={id} whole={whole} /> : <Reveal whole={whole} />}
          <ErrorNote error={whole.error} />
        </Stack>
      </Paper>
    </PageFrame>
  );
}

function personalFacts(
  masked: MaskedEmployee,
  shown: EmployeeView | undefined,
): readonly (readonly [string, ReactNode])[] {
  const salary = shown?.salary ?? undefined;
  const texts = {
    ssn: shown?.ssn,
    date_of_birth: shown?.date_of_birth,
    salary: salary === undefined ? '' : numberText(salary),
  };
  return (['ssn', 'date_of_birth', 'salary'] as const).map((name) => {
    const value = shown === undefined ? <Masked text={masked[name]} /> : texts[name];
    return [FIELD_WORDS[name].label, value === '' ? <Damaged /> : value];
  });
}

function Damaged() {
  return (
    <Text span size="sm" c="var(--mantine-color-error)">
      Cannot be decrypted. Whoever may change it repairs it by entering it again.
    </Text>
  );
}

function Reveal({ whole }: { readonly whole: WholeRecord }) {
  const isShown = whole.record !== undefined;
  return (
    <Stack gap={4} align="flex-start">
      <Button
        variant="default"
        h="auto"
        mih={36}
        py={6}
        styles={{ label: { whiteSpace: 'normal', lineHeight: 1.3 } }}
        leftSection={isShown ? <IconEyeOff size={16} aria-hidden /> : <IconEye size={16} aria-hidden />}
        loading={whole.isPending}
        onClick={isShown ? whole.hide : whole.reveal}
      >
        {isShown ? 'Hide' : 'Show everything (written to the audit log)'}
      </Button>
      <Text size="sm" c="dimmed" role="status">
        {isShown ? 'Everything is shown. That it was read stands in the audit log.' : ''}
      </Text>
    </Stack>
  );
}

function BeforeEditing({ id, whole }: { readonly id: number; readonly whole: WholeRecord }) {
  return (
    <Alert title="It has to be read first" variant="default">
      <Stack gap="xs">
        <Text size="sm">
          To be changed, the record is read with everything. Each reading is written to the audit log.
        </Text>
        <Group>
          <Button loading={whole.isPending} onClick={whole.reveal}>
            Read and edit
          </Button>
          <Button component={Link} href={`/${String(id)}`} variant="default">
            Cancel
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function Actions({ masked, whole }: Pick<ShownRecordProps, 'masked' | 'whole'>) {
  const mayUpdate = usePermission('employees:update');
  const mayDelete = usePermission('employees:delete');
  const [isDeleting, deletion] = useDisclosure();
  return (
    <>
      <BackLink />
      {mayUpdate ? (
        <Button
          component={Link}
          href={`/${String(masked.id)}/edit`}
          variant="default"
          leftSection={<IconPencil size={16} aria-hidden />}
        >
          Edit
        </Button>
      ) : null}
      {mayDelete ? (
        <Button
          color="red"
          variant="outline"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={deletion.open}
        >
          Delete
        </Button>
      ) : null}
      <DeleteRecord
        employee={whole.record?.answer ?? masked}
        etag={whole.record?.etag}
        isOpen={isDeleting}
        onClose={deletion.close}
      />
    </>
  );
}

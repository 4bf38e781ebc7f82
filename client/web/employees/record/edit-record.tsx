import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type SyntheticEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { EMPLOYEE_FIELD_NAMES, type EmployeeView } from '../../../../protocol/employees.js';
import type { Tagged } from '../../../api/accounts/json-requests.js';
import { ErrorNote } from '../../parts/error-note.js';
import { useLeaveGuard } from '../../parts/forms/leave-guard.js';
import { PageFrame } from '../../parts/page-frame.js';
import { EmployeeInputs, useEmployeeForm } from '../form/employee-form.js';
import { changedFields, type FieldName, textsOf } from '../form/employee-texts.js';
import type { RivalChange } from './rival-changes.js';
import { RivalNote } from './rival-note.js';
import { useSaving } from './use-saving.js';

interface EditRecordProps {
  readonly id: number;
  /** What was read. */
  readonly read: Tagged<EmployeeView>;
  /** Forgets it. */
  readonly onDone: () => void;
}

/** Where somebody changes an employee. */
export function EditRecord(props: EditRecordProps) {
  const { id } = props;
  const { form, saving, rivals, undecided, isDue, submit, choose } = useEditing(props);
  return (
    <PageFrame title={`Edit employee ${String(id)}`}>
      <Paper withBorder p="md" maw={680}>
        <form noValidate onSubmit={submit}>
          <Stack>
            {saving.isDeleted ? <DeletedNote id={id} /> : null}
            {rivals === undefined || saving.isDeleted ? null : (
              <RivalNote
                rivals={rivals}
                texts={form.values}
                undecided={undecided}
                isDue={isDue}
                onChoose={choose}
              />
            )}
            <EmployeeInputs form={form} names={EMPLOYEE_FIELD_NAMES} isRequired={false} />
            {isDue ? <StillUndecided count={undecided.length} /> : null}
            <ErrorNote error={saving.error} />
            <Group>
              <Button type="submit" loading={saving.isPending}>
                Save
              </Button>
              <Button component={Link} href={`/${String(id)}`} variant="default">
                Cancel
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </PageFrame>
  );
}

function useEditing({ id, read, onDone }: EditRecordProps) {
  const [, goTo] = useLocation();
  const [base, setBase] = useState(read);
  const [rivals, setRivals] = useState<readonly RivalChange[]>();
  const [open, setOpen] = useState<readonly FieldName[]>([]);
  const [isDue, setDue] = useState(false);
  // What stays as it is may be damaged, and is not sent.
  const form = useEmployeeForm(textsOf(read.answer), (texts) => changedFields(textsOf(base.answer), texts));
  const letGo = useLeaveGuard(changedFields(textsOf(base.answer), form.values).length > 0);
  const saving = useSaving({
    id,
    form,
    base,
    onRebased: (now, texts, found) => {
      setBase(now);
      form.setValues(texts);
      setRivals(found);
      setOpen(found.filter(({ isDisputed }) => isDisputed).map(({ name }) => name));
      setDue(false);
    },
    onSaved: () => {
      notifications.show({ color: 'green', message: `Employee ${String(id)} is saved.` });
      letGo();
      goTo(`/${String(id)}`);
      onDone();
    },
  });
  // Who types something else there has chosen, too.
  const undecided = open.filter(
    (name) => rivals?.find((one) => one.name === name)?.mine === form.values[name],
  );
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    setDue(true);
    if (undecided.length === 0) saving.submit(event);
    else event.preventDefault();
  };
  const choose = (name: FieldName, text: string): void => {
    setOpen((names) => names.filter((one) => one !== name));
    form.setFieldValue(name, text);
  };
  return { form, saving, rivals, undecided, isDue, submit, choose };
}

function StillUndecided({ count }: { readonly count: number }) {
  if (count === 0) return null;
  const where = count === 1 ? 'the field' : `${String(count)} fields`;
  return (
    <Text role="alert" size="sm" c="var(--mantine-color-error)">
      First choose theirs or yours in {where} above.
    </Text>
  );
}

function DeletedNote({ id }: { readonly id: number }) {
  return (
    <Alert role="alert" color="red" title="Somebody has deleted this record meanwhile">
      There is no employee {id} any more, and nothing is saved. What you typed is still here: it can be added
      again as a new employee.
    </Alert>
  );
}

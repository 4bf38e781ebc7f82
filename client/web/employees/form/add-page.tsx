import { Button, Group, Paper, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useLocation } from 'wouter';
import { EMPLOYEE_CSV_COLUMNS } from '../../../../protocol/employee-csv.js';
import { employeeCreation } from '../../../../protocol/employees.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole, usePermission } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { useLeaveGuard } from '../../parts/forms/leave-guard.js';
import { useSubmission } from '../../parts/forms/use-submission.js';
import { PageFrame } from '../../parts/page-frame.js';
import { BackLink } from '../back-link.js';
import { useEmployeesChanged } from '../employee-queries.js';
import { type EmployeeForm, EmployeeInputs, refusalsOf, useEmployeeForm } from './employee-form.js';
import { type EmployeeTexts, NO_TEXTS, valuesOf } from './employee-texts.js';

/** Where somebody adds one employee. */
export function AddPage() {
  const form = useEmployeeForm(NO_TEXTS, () => EMPLOYEE_CSV_COLUMNS);
  const { submit, isPending, error } = useAdding(form);
  return (
    <PageFrame title="Add an employee" actions={<BackLink />}>
      <Paper withBorder p="md" maw={680}>
        <form noValidate onSubmit={submit}>
          <Stack>
            <EmployeeInputs form={form} names={EMPLOYEE_CSV_COLUMNS} isRequired />
            <ErrorNote error={error} />
            <Group>
              <Button type="submit" loading={isPending}>
                Add the employee
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </PageFrame>
  );
}

function useAdding(form: EmployeeForm) {
  const { server } = useConsole();
  const [, goTo] = useLocation();
  const mayGet = usePermission('employees:get');
  const haveChanged = useEmployeesChanged();
  const letGo = useLeaveGuard(form.isDirty());
  return useSubmission(form, {
    send: (texts: EmployeeTexts) =>
      server.employees.add(BROWSER_SESSION, employeeCreation.parse(valuesOf(EMPLOYEE_CSV_COLUMNS, texts))),
    onDone: ({ answer: { id } }) => {
      notifications.show({ color: 'green', message: `Employee ${String(id)} is added.` });
      haveChanged();
      // Who may not look at it is likely to add the next one.
      if (mayGet) {
        letGo();
        goTo(`/${String(id)}`);
        return;
      }
      form.reset();
      form.getInputNode('id')?.focus();
    },
    errorsOf: refusalsOf,
  });
}

import { Button, Group, Paper, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { EMPLOYEE_CSV_COLUMNS } from '../../../../protocol/employee-csv.js';
import { employeeCreation } from '../../../../protocol/employees.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { GatherError } from '../../../api/gather-error.js';
import { useConsole, usePermission } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { useLeaveGuard } from '../../parts/leave-guard.js';
import { PageFrame } from '../../parts/page-frame.js';
import { BackLink } from '../back-link.js';
import { useEmployeesChanged } from '../employee-queries.js';
import {
  type EmployeeForm,
  EmployeeInputs,
  focusFault,
  showFieldFault,
  useEmployeeForm,
} from './employee-form.js';
import { type EmployeeTexts, NO_TEXTS, valuesOf } from './employee-texts.js';

/** Where somebody adds one employee. */
export function AddPage() {
  const form = useEmployeeForm(NO_TEXTS, () => EMPLOYEE_CSV_COLUMNS);
  const adding = useAdding(form);
  return (
    <PageFrame title="Add an employee" actions={<BackLink />}>
      <Paper withBorder p="md" maw={680}>
        <form
          noValidate
          onSubmit={form.onSubmit(
            (texts) => {
              if (!adding.isPending) adding.mutate(texts);
            },
            (errors) => {
              focusFault(form, EMPLOYEE_CSV_COLUMNS, errors);
            },
          )}
        >
          <Stack>
            <EmployeeInputs form={form} names={EMPLOYEE_CSV_COLUMNS} isRequired />
            <ErrorNote error={adding.error} />
            <Group>
              <Button type="submit" loading={adding.isPending}>
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
  return useMutation({
    gcTime: 0,
    mutationFn: (texts: EmployeeTexts) =>
      server.employees.add(BROWSER_SESSION, employeeCreation.parse(valuesOf(EMPLOYEE_CSV_COLUMNS, texts))),
    onSuccess: ({ answer: { id } }) => {
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
    onError: (error) => {
      const isTaken = error instanceof GatherError && error.problem?.code === 'employee.exists';
      if (isTaken) form.setFieldError('id', 'This number is taken. Choose another one.');
      showFieldFault(form, error);
    },
  });
}

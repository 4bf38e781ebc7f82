import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useLocation } from 'wouter';
import type { MaskedEmployee } from '../../../../protocol/employees.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { useEmployeesChanged } from '../employee-queries.js';

interface DeleteRecordProps {
  readonly employee: Pick<MaskedEmployee, 'id' | 'first_name' | 'last_name'>;
  /** The version that is shown: then no other is deleted. */
  readonly etag: string | undefined;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Asks whether an employee is to be deleted. */
export function DeleteRecord({ employee, etag, isOpen, onClose }: DeleteRecordProps) {
  const { server } = useConsole();
  const [, goTo] = useLocation();
  const haveChanged = useEmployeesChanged();
  const { id, first_name: first, last_name: last } = employee;
  const remove = async (): Promise<void> => {
    await server.employees.remove(BROWSER_SESSION, id, etag);
    notifications.show({ color: 'green', message: `Employee ${String(id)} is deleted.` });
    goTo('/');
    haveChanged();
  };
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Delete employee ${String(id)}?`}
      label={`Delete employee ${String(id)}`}
      onConfirm={remove}
      onClose={onClose}
    >
      <Text size="sm">
        The record of <bdi>{`${first} ${last}`}</bdi> is removed for good.
      </Text>
    </ConfirmDialog>
  );
}

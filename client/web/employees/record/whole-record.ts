import { useMutation } from '@tanstack/react-query';
import type { EmployeeView } from '../../../../protocol/employees.js';
import type { Tagged } from '../../../api/accounts/json-requests.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { useEmployeesChanged } from '../employee-queries.js';

/** A record with everything and its version, once it was asked for. */
export interface WholeRecord {
  /** Undefined where it is not shown. */
  readonly record: Tagged<EmployeeView> | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  /** Reads it, which leaves a line in the audit log. */
  readonly reveal: () => void;
  /** Forgets it. */
  readonly hide: () => void;
}

/** Reads a record when it is asked for, and never by itself; nothing of it is kept when the page is left. */
export function useWholeRecord(id: number): WholeRecord {
  const { server } = useConsole();
  const haveChanged = useEmployeesChanged();
  const { data, error, isPending, mutate, reset } = useMutation({
    gcTime: 0,
    mutationFn: () => server.employees.get(BROWSER_SESSION, id),
    // It may be deleted.
    onError: haveChanged,
  });
  return {
    record: data,
    error,
    isPending,
    reveal: () => {
      mutate();
    },
    hide: reset,
  };
}

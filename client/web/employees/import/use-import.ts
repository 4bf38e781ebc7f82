import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { EmployeeImportReport } from '../../../../protocol/employees.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { useEmployeesChanged } from '../employee-queries.js';
import { employeesInFile, type EmployeeFile } from './employee-file.js';

/** What the server says of a file. */
export interface Plan {
  readonly file: EmployeeFile;
  readonly report: EmployeeImportReport;
}

interface Wanted {
  readonly file: EmployeeFile;
  readonly isApplied: boolean;
  readonly skipsConflicts: boolean;
}

/** Reads a file, has the server say what would come of it, and imports it when that is asked for. */
export function useImport() {
  const { server } = useConsole();
  const haveChanged = useEmployeesChanged();
  const [plan, setPlan] = useState<Plan>();
  const send = async ({ file, isApplied, skipsConflicts }: Wanted): Promise<Plan> => {
    const employees = file.employees.map(({ values }) => values);
    const wanted = { employees, apply: isApplied, skip_conflicts: skipsConflicts };
    return { file, report: await server.employees.importAll(BROWSER_SESSION, wanted) };
  };
  const previewing = useMutation({
    gcTime: 0,
    mutationFn: async (file: File) =>
      send({ file: await employeesInFile(file), isApplied: false, skipsConflicts: false }),
    onMutate: () => {
      setPlan(undefined);
    },
    onSuccess: setPlan,
  });
  const importing = useMutation({
    gcTime: 0,
    mutationFn: (skipsConflicts: boolean) => {
      if (plan === undefined) throw new Error('There is nothing to import.');
      return send({ file: plan.file, isApplied: true, skipsConflicts });
    },
    onSuccess: (done) => {
      setPlan(done);
      haveChanged();
    },
  });
  const startAnew = (): void => {
    previewing.reset();
    importing.reset();
    setPlan(undefined);
  };
  return { plan, previewing, importing, startAnew };
}

import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { employeePages, wholeEmployees } from '../../../api/employees/whole-employees.js';
import { EMPLOYEE_CSV_HEADER, employeeCsvRows } from '../../../formats/employee-csv.js';
import { useConsole } from '../../app/console-context.js';
import { saveFile } from '../../parts/copy/save-file.js';

const FILE_NAME = 'employees.csv';

/** The numbers of all employees, which are to be exported. */
export function useIdsOfAll() {
  const { server } = useConsole();
  return useQuery({
    queryKey: ['employees', 'ids'],
    queryFn: async () => {
      const ids: number[] = [];
      const pages = employeePages((filter) => server.employees.list(BROWSER_SESSION, filter), {});
      for await (const page of pages) ids.push(...page.employees.map(({ id }) => id));
      return ids;
    },
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

/** Reads all of these employees into a file that is downloaded. */
export function useExport() {
  const { server } = useConsole();
  const [read, setRead] = useState(0);
  const stop = useRef(new AbortController());
  useEffect(
    () => () => {
      stop.current.abort();
    },
    [],
  );
  const exporting = useMutation({
    gcTime: 0,
    mutationFn: async (ids: readonly number[]) => {
      setRead(0);
      const stopping = new AbortController();
      stop.current = stopping;
      const get = (id: number) => server.employees.get(BROWSER_SESSION, id);
      const rows: string[] = [];
      let exported = 0;
      let gone = 0;
      for await (const some of wholeEmployees(get, ids)) {
        stopping.signal.throwIfAborted();
        rows.push(employeeCsvRows(some.employees));
        exported += some.employees.length;
        gone += some.gone;
        setRead(exported + gone);
      }
      saveFile(new Blob([EMPLOYEE_CSV_HEADER, ...rows], { type: 'text/csv' }), FILE_NAME);
      return { exported, gone };
    },
  });
  const cancel = (): void => {
    stop.current.abort();
  };
  return { exporting, read, cancel };
}

import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { EMPLOYEE_CSV_HEADER, employeeCsvRows } from '../../../formats/employee-csv.js';
import { useConsole } from '../../app/console-context.js';
import { idsOfAll, readWhole } from './read-whole.js';

const FILE_NAME = 'employees.csv';

/** The numbers of all employees, which are to be exported. */
export function useIdsOfAll() {
  const { server } = useConsole();
  return useQuery({
    queryKey: ['employees', 'ids'],
    queryFn: () => idsOfAll(server.employees),
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
      const { employees, gone } = await readWhole(server.employees, ids, {
        signal: stopping.signal,
        onRead: setRead,
      });
      download(EMPLOYEE_CSV_HEADER + employeeCsvRows(employees));
      return { exported: employees.length, gone };
    },
  });
  const cancel = (): void => {
    stop.current.abort();
  };
  return { exporting, read, cancel };
}

function download(csv: string): void {
  const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = FILE_NAME;
  link.click();
  URL.revokeObjectURL(url);
}

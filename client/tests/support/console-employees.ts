import type { EmployeeCreation } from '../../../protocol/employees.js';
import type { ConsoleRig } from './console-rig.js';

/** What the button says that reveals an employee. */
export const SHOW_EVERYTHING = 'Show everything (written to the audit log)';

/** An employee to begin with. */
export const COOPER: EmployeeCreation = {
  id: 7,
  first_name: 'Dale',
  last_name: 'Cooper',
  ssn: '012345678',
  date_of_birth: '04-19-1954',
  salary: 100_000,
};

/** Makes what adds employees by the API, each with a number of its own, from 1. */
export function employeesOf(rig: ConsoleRig) {
  let lastId = 0;
  return async (more: Partial<EmployeeCreation> = {}): Promise<EmployeeCreation> => {
    lastId += 1;
    const employee = { ...COOPER, id: lastId, ...more };
    await rig.ask('POST', '/v1/employees', employee);
    return employee;
  };
}

/** How many lines of the audit log tell of this action on one employee. */
export async function linesAbout(rig: ConsoleRig, id: number, action: string): Promise<number> {
  const { entries } = (await rig.ask('GET', `/v1/audit?action=${action}&limit=1000`)) as {
    entries: { subject: string }[];
  };
  return entries.filter(({ subject }) => subject === `Employee #${String(id)}`).length;
}

import { PageFrame } from '../parts/page-frame.js';

/** Employee records. */
export function EmployeesPage() {
  return <PageFrame title="Employees">Nothing yet.</PageFrame>;
}

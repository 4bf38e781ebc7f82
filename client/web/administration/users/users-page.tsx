import { PageFrame } from '../../parts/page-frame.js';

/** Users, for administrators. */
export function UsersPage() {
  return <PageFrame title="Users">Nothing yet.</PageFrame>;
}

import { PageFrame } from '../parts/page-frame.js';

/** What somebody sees and changes of their own account. */
export function AccountPage() {
  return <PageFrame title="My account">Nothing yet.</PageFrame>;
}

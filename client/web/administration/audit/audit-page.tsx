import { PageFrame } from '../../parts/page-frame.js';

/** The audit log. */
export function AuditPage() {
  return <PageFrame title="Audit log">Nothing yet.</PageFrame>;
}

import { PageFrame } from '../../parts/page-frame.js';

/** Invites, for administrators. */
export function InvitesPage() {
  return <PageFrame title="Invites">Nothing yet.</PageFrame>;
}

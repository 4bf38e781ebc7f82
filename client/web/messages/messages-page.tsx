import { PageFrame } from '../parts/page-frame.js';

/** Messages: live, and back through all that are stored. */
export function MessagesPage() {
  return <PageFrame title="Messages">Nothing yet.</PageFrame>;
}

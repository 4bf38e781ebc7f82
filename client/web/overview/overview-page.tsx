import { PageFrame } from '../parts/page-frame.js';

/** How the server stands, and what comes in. */
export function OverviewPage() {
  return <PageFrame title="Overview">Nothing yet.</PageFrame>;
}

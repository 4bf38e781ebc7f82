import { PageFrame } from '../../parts/page-frame.js';

/** The settings in force. */
export function SettingsPage() {
  return <PageFrame title="Settings">Nothing yet.</PageFrame>;
}

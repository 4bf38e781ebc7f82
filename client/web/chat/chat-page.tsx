import { PageFrame } from '../parts/page-frame.js';

/** The chat. */
export function ChatPage() {
  return <PageFrame title="Chat">Nothing yet.</PageFrame>;
}

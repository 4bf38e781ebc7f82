import { Badge } from '@mantine/core';
import type { Status } from '../../../protocol/accounts.js';

const COLORS: Readonly<Record<Status, string>> = { active: 'teal', inactive: 'gray', suspended: 'red' };

/** A status, in colour for who sees it. */
export function StatusBadge({ status }: { readonly status: Status }) {
  return (
    <Badge variant="outline" color={COLORS[status]} tt="none" c="var(--mantine-color-text)">
      {status}
    </Badge>
  );
}

import { EmptyState } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface EmptyNoteProps {
  /** What there is none of. */
  readonly title: string;
  /** What to do about it. */
  readonly children: ReactNode;
}

/** Stands where a list is empty, and says what to do. */
export function EmptyNote({ title, children }: EmptyNoteProps) {
  return <EmptyState icon={<IconInbox aria-hidden />} title={title} description={children} py="lg" />;
}

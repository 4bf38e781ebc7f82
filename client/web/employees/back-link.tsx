import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';

interface BackLinkProps {
  /** Below `/console/employees`. */
  readonly to?: string;
  readonly children?: ReactNode;
}

/** The way back to where somebody came from: the list, where nothing else is said. */
export function BackLink({ to = '/', children = 'Employees' }: BackLinkProps) {
  return (
    <Button
      component={Link}
      href={to}
      variant="default"
      leftSection={<IconArrowLeft size={16} aria-hidden />}
    >
      {children}
    </Button>
  );
}

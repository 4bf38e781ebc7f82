import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link } from 'wouter';

/** The way back to the list of users. */
export function AllUsersLink() {
  return (
    <Button component={Link} href="/" variant="default" leftSection={<IconArrowLeft size={18} aria-hidden />}>
      All users
    </Button>
  );
}

import { Modal } from '@mantine/core';

/** Over the page, which stays as it is: asks its user to log in again. */
export function LogInAgain({ isNeeded }: { readonly isNeeded: boolean }) {
  return <Modal opened={isNeeded} onClose={() => undefined} title="Log in again" withCloseButton={false} />;
}

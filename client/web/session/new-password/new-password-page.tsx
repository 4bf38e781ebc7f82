import { Button, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { DoorFrame } from '../door-frame.js';
import { NewPasswordForm } from './new-password-form.js';

/** Where somebody with a password for one login chooses another. */
export function NewPasswordPage({ name }: { readonly name: string }) {
  const { session } = useConsole();
  const leaving = useMutation({ mutationFn: () => session.logOut() });
  return (
    <DoorFrame
      title="Choose a password"
      foot={
        <Stack gap="xs" align="center">
          <ErrorNote error={leaving.error} />
          <Button
            variant="subtle"
            loading={leaving.isPending}
            onClick={() => {
              leaving.mutate();
            }}
          >
            Log out
          </Button>
        </Stack>
      }
    >
      <NewPasswordForm name={name} />
    </DoorFrame>
  );
}

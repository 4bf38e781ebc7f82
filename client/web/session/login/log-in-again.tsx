import { Button, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useConsole, useMember } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { NewPasswordForm } from '../new-password/new-password-form.js';
import { LoginForm } from './login-form.js';
import { useFocusKept } from '../use-focus-kept.js';

interface LogInAgainProps {
  readonly isNeeded: boolean;
  /** Whether its user has logged in again, but has to change a password that was made for one login. */
  readonly needsPassword: boolean;
}

/** Over the page, which stays as it is: asks its user to log in again. */
export function LogInAgain({ isNeeded, needsPassword }: LogInAgainProps) {
  const { account } = useMember();
  const giveBackFocus = useFocusKept(!isNeeded);
  return (
    <Modal
      opened={isNeeded}
      onClose={() => undefined}
      onExitTransitionEnd={giveBackFocus}
      title={needsPassword ? 'Choose a password' : 'Log in again'}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      returnFocus={false}
      centered
      zIndex={350}
      overlayProps={{ blur: 6 }}
    >
      <Stack>
        {needsPassword ? (
          <NewPasswordForm name={account.username} />
        ) : (
          <>
            <Text size="sm">
              Your session has ended. Your page stays as it is, with all that you have typed.
            </Text>
            <LoginForm key={account.username} name={account.username} />
          </>
        )}
        <SomebodyElse />
      </Stack>
    </Modal>
  );
}

function SomebodyElse() {
  const { session } = useConsole();
  const leaving = useMutation({ mutationFn: () => session.makeWay() });
  return (
    <Stack gap={4} align="center">
      <ErrorNote error={leaving.error} />
      <Button
        variant="subtle"
        data-mantine-stop-propagation
        aria-describedby="somebody-else"
        loading={leaving.isPending}
        onClick={() => {
          leaving.mutate();
        }}
      >
        Log in as somebody else
      </Button>
      <Text size="xs" c="dimmed" id="somebody-else">
        This closes your page: what you have typed in it is lost.
      </Text>
    </Stack>
  );
}

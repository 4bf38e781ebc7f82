import { Alert, Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { DoorFrame } from '../door-frame.js';
import { LoginForm } from './login-form.js';
import { useFacts } from '../use-facts.js';

/** Where somebody logs in. The address stays as it is: it is where they go then. @param word - what is to be said first */
export function LoginPage({ word }: { readonly word?: string | undefined }) {
  const { data: facts } = useFacts();
  const canRegister = facts !== undefined && facts.enrollment !== 'closed';
  return (
    <DoorFrame title="Log in" foot={canRegister ? <RegisterLink /> : undefined}>
      {word === undefined ? null : (
        <Alert role="status" py="xs">
          {word}
        </Alert>
      )}
      <LoginForm />
    </DoorFrame>
  );
}

function RegisterLink() {
  return (
    <>
      No account yet?{' '}
      <Anchor component={Link} href="/register" fz="sm" underline="always">
        Make one
      </Anchor>
    </>
  );
}

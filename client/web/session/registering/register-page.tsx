import { Alert, Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { DoorFrame } from '../door-frame.js';
import { RegisterForm } from './register-form.js';
import { useFacts } from '../use-facts.js';

/** Where somebody makes an account, if the server lets them. */
export function RegisterPage() {
  return (
    <DoorFrame
      title="Make an account"
      foot={
        <>
          You have one?{' '}
          <Anchor component={Link} href="/" fz="sm" underline="always">
            Log in
          </Anchor>
        </>
      }
    >
      <AsTheServerAllows />
    </DoorFrame>
  );
}

function AsTheServerAllows() {
  const { data: facts, error, refetch } = useFacts();
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (facts === undefined) return <LoadingNote />;
  if (facts.enrollment !== 'closed') return <RegisterForm facts={facts} />;
  return (
    <Alert role="status">
      Nobody can make an account for themselves here. Ask an administrator of this server for one.
    </Alert>
  );
}

import { Button, Center, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useConsole } from '../app/console-context.js';
import { ErrorNote } from '../parts/error-note.js';

/** Where somebody logs in. */
export function LoginPage() {
  const { session } = useConsole();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const loggingIn = useMutation({ mutationFn: () => session.logIn(name, password) });
  return (
    <Center mih="80vh" component="main" p="md">
      <Paper withBorder p="lg" w={360}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            loggingIn.mutate();
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              Log in to gatherd
            </Title>
            <TextInput
              label="User name or e-mail address"
              autoComplete="username"
              value={name}
              onChange={(event) => {
                setName(event.currentTarget.value);
              }}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
              }}
            />
            <ErrorNote error={loggingIn.error} />
            <Button type="submit" loading={loggingIn.isPending}>
              Log in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

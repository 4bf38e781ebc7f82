import { Button, Fieldset, Group, Stack, TextInput } from '@mantine/core';
import { useForm, type UseFormReturnType } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { userCreation, type UserMade } from '../../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { rulesOf } from '../../parts/forms/form-rules.js';
import { useLeaveGuard } from '../../parts/forms/leave-guard.js';
import { useSubmission } from '../../parts/forms/use-submission.js';
import { PageFrame } from '../../parts/page-frame.js';
import { ProfileFields } from '../../parts/account/profile-fields.js';
import { AllUsersLink } from '../all-users-link.js';
import { NewPassword } from './new-password.js';
import { creationOf, NO_USER, type NewUserValues } from './new-user-values.js';
import { PermissionChoice } from '../permission-choice.js';
import { RoleSelect } from '../role-select.js';
import { USERS } from '../user-queries.js';
import { UserMadeNote } from './user-made-note.js';
import classes from '../users.module.css';

const validate = rulesOf(userCreation, creationOf);

/** Where a user is made, and what has been made is shown. */
export function CreateUser() {
  const [made, setMade] = useState<UserMade>();
  return (
    <PageFrame title="Create a user" actions={<AllUsersLink />}>
      {made === undefined ? (
        <NewUser onMade={setMade} />
      ) : (
        <UserMadeNote
          made={made}
          onAnother={() => {
            setMade(undefined);
          }}
        />
      )}
    </PageFrame>
  );
}

function NewUser({ onMade }: { readonly onMade: (made: UserMade) => void }) {
  const { administration } = useConsole().server;
  const queries = useQueryClient();
  const form = useForm<NewUserValues>({ name: 'new-user', initialValues: NO_USER, validate });
  useLeaveGuard(form.isDirty());
  const { submit, isPending, error } = useSubmission(form, {
    send: (values) => administration.createUser(BROWSER_SESSION, creationOf(values)),
    onDone: (made) => {
      void queries.invalidateQueries({ queryKey: USERS });
      onMade(made);
    },
  });
  return (
    <form className={classes['form']} noValidate onSubmit={submit}>
      <Stack>
        <Identity form={form} />
        <NewPassword form={form} />
        <Access form={form} />
        <Fieldset legend="Profile, as far as it is known">
          <ProfileFields inputProps={(field) => form.getInputProps(field)} />
        </Fieldset>
        <ErrorNote error={error} />
        <Group>
          <Button type="submit" loading={isPending}>
            Create the user
          </Button>
          <Button component={Link} href="/" variant="default">
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Identity({ form }: { readonly form: UseFormReturnType<NewUserValues> }) {
  return (
    <Fieldset legend="Account">
      <Stack gap="sm">
        <TextInput
          label="User name"
          description="Up to 32 letters, digits or marks of any script, or . _ - @ +"
          required
          autoComplete="off"
          spellCheck={false}
          {...form.getInputProps('username')}
        />
        <TextInput
          label="E-mail"
          description="One can log in with it, too. May be left empty."
          type="email"
          autoComplete="off"
          {...form.getInputProps('email')}
        />
      </Stack>
    </Fieldset>
  );
}

function Access({ form }: { readonly form: UseFormReturnType<NewUserValues> }) {
  const { role, permissions } = form.values;
  return (
    <Fieldset legend="Access">
      <Stack gap="sm">
        <RoleSelect
          role={role}
          onChange={(chosen) => {
            form.setFieldValue('role', chosen);
          }}
        />
        <PermissionChoice
          role={role}
          own={permissions}
          onChange={(own) => {
            form.setFieldValue('permissions', own);
          }}
        />
      </Stack>
    </Fieldset>
  );
}

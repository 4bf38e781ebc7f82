import { Button, Fieldset, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { userCreation, type UserMade } from '../../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { fieldErrorsOf, focusFirstError, rulesOf } from '../../parts/form-rules.js';
import { PageFrame } from '../../parts/page-frame.js';
import { ProfileFields } from '../../parts/profile-fields.js';
import { AllUsersLink } from './all-users-link.js';
import { NewPassword } from './new-password.js';
import { creationOf, NO_USER, type NewUserValues } from './new-user-values.js';
import { PermissionChoice } from './permission-choice.js';
import { RoleSelect } from './role-select.js';
import { USERS } from './user-queries.js';
import { type Edits, useEdits } from './use-edits.js';
import { UserMadeNote } from './user-made-note.js';
import classes from './users.module.css';

const RULES = rulesOf(userCreation, creationOf);

type NewUserForm = Edits<NewUserValues>;

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

function useNewUser(onMade: (made: UserMade) => void) {
  const { administration } = useConsole().server;
  const queries = useQueryClient();
  const place = useRef<HTMLFormElement>(null);
  const form = useEdits(NO_USER);
  const making = useMutation({
    mutationFn: () => administration.createUser(BROWSER_SESSION, creationOf(form.values)),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: USERS });
      onMade(made);
    },
    onError: (error) => {
      form.setErrors(fieldErrorsOf(error));
      focusFirstError(place.current);
    },
  });
  const make = (): void => {
    const errors = RULES(form.values);
    form.setErrors(errors);
    if (Object.keys(errors).length === 0) making.mutate();
    else focusFirstError(place.current);
  };
  return { place, form, making, make };
}

function NewUser({ onMade }: { readonly onMade: (made: UserMade) => void }) {
  const { place, form, making, make } = useNewUser(onMade);
  return (
    <form
      ref={place}
      className={classes['form']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        make();
      }}
    >
      <Stack>
        <Identity form={form} />
        <NewPassword form={form} />
        <Access form={form} />
        <Fieldset legend="Profile, as far as it is known">
          <ProfileFields inputProps={form.textProps} />
        </Fieldset>
        <ErrorNote error={making.error} />
        <Group>
          <Button type="submit" loading={making.isPending}>
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

function Identity({ form }: { readonly form: NewUserForm }) {
  return (
    <Fieldset legend="Account">
      <Stack gap="sm">
        <TextInput
          label="User name"
          description="Up to 32 letters, digits or marks of any script, or . _ - @ +"
          required
          autoComplete="off"
          spellCheck={false}
          {...form.textProps('username')}
        />
        <TextInput
          label="E-mail"
          description="One can log in with it, too. May be left empty."
          type="email"
          autoComplete="off"
          {...form.textProps('email')}
        />
      </Stack>
    </Fieldset>
  );
}

function Access({ form }: { readonly form: NewUserForm }) {
  const { role, permissions } = form.values;
  return (
    <Fieldset legend="Access">
      <Stack gap="sm">
        <RoleSelect
          role={role}
          onChange={(chosen) => {
            form.set('role', chosen);
          }}
        />
        <PermissionChoice
          role={role}
          own={permissions}
          onChange={(own) => {
            form.set('permissions', own);
          }}
        />
      </Stack>
    </Fieldset>
  );
}

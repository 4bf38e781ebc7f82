import { Button, Collapse, Stack, TextInput } from '@mantine/core';
import { type FormErrors, useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { type Registration, registration } from '../../../../protocol/accounts.js';
import type { ConsoleFacts } from '../../../../protocol/console.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { rulesOf } from '../../parts/forms/form-rules.js';
import { ProfileFields } from '../../parts/account/profile-fields.js';
import { profileChangesOf, profileValuesOf, type ProfileValues } from '../../parts/account/profile-values.js';
import { useSubmission } from '../../parts/forms/use-submission.js';
import { wordsOf } from '../../parts/words.js';
import { NewPasswordFields } from '../new-password/new-password-fields.js';
import {
  type NewPassword,
  newPasswordErrors,
  NO_PASSWORD,
  PASSWORD_FIELDS,
} from '../new-password/new-password.js';
import { useInvite } from './use-invite.js';

type RegisterValues = NewPassword &
  ProfileValues & {
    readonly username: string;
    readonly email: string;
    readonly invite: string;
  };

const NO_PROFILE = profileValuesOf();

function bodyOf({ username, email, next, invite, again: _, ...profile }: RegisterValues): Registration {
  return {
    ...profileChangesOf(NO_PROFILE, profile),
    username: username.trim(),
    password: next,
    ...(email.trim() === '' ? {} : { email }),
    ...(invite.trim() === '' ? {} : { invite: invite.trim() }),
  };
}

const rules = rulesOf(registration, bodyOf);

function errorsOf(values: RegisterValues, { enrollment, min_password_length: atLeast }: ConsoleFacts) {
  const { password: _, ...errors } = rules(values);
  const isInviteMissing = enrollment === 'invite' && values.invite.trim() === '';
  return {
    ...(isInviteMissing ? { invite: 'An administrator of this server has to give you one.' } : {}),
    ...errors,
    ...newPasswordErrors(values, atLeast),
  };
}

/** Asks for what makes an account, makes it, and logs in. */
export function RegisterForm({ facts }: { readonly facts: ConsoleFacts }) {
  const { server, session } = useConsole();
  const invite = useInvite();
  const form = useForm<RegisterValues>({
    name: 'register',
    initialValues: { ...NO_PASSWORD, ...NO_PROFILE, username: '', email: '', invite },
    validate: (values): FormErrors => errorsOf(values, facts),
  });
  const { submit, isPending, error } = useSubmission(form, {
    send: async (values) => {
      const { username } = await server.accounts.register(bodyOf(values));
      await session.logIn(username, values.next).catch((error: unknown) => {
        session.leave(`Your account is made, but logging in with it failed. ${wordsOf(error)}`);
      });
    },
    names: PASSWORD_FIELDS,
  });
  return (
    <form noValidate onSubmit={submit}>
      <Stack>
        {facts.enrollment === 'invite' ? (
          <TextInput
            label="Invite code"
            description="It is good for one account."
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps('invite')}
          />
        ) : null}
        <TextInput
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          {...form.getInputProps('username')}
        />
        <TextInput
          label="E-mail address"
          description="Optional. With it you can log in, too."
          type="email"
          name="email"
          autoComplete="email"
          {...form.getInputProps('email')}
        />
        <NewPasswordFields label="Password" inputProps={(field) => form.getInputProps(field)} />
        <MoreAboutYou hasErrors={Object.keys(form.errors).some((name) => name in NO_PROFILE)}>
          <ProfileFields isOwn inputProps={(field) => form.getInputProps(field)} />
        </MoreAboutYou>
        <ErrorNote error={error} />
        <Button type="submit" loading={isPending}>
          Make the account
        </Button>
      </Stack>
    </form>
  );
}

interface MoreAboutYouProps {
  /** Whether there is something in it to be mended. */
  readonly hasErrors: boolean;
  readonly children: ReactNode;
}

function MoreAboutYou({ hasErrors, children }: MoreAboutYouProps) {
  const [isOpen, { toggle }] = useDisclosure();
  const isShown = isOpen || hasErrors;
  const Icon = isShown ? IconChevronDown : IconChevronRight;
  return (
    <>
      <Button
        variant="subtle"
        size="compact-sm"
        w="fit-content"
        leftSection={<Icon size={16} aria-hidden />}
        aria-expanded={isShown}
        onClick={toggle}
      >
        More about you (optional)
      </Button>
      <Collapse expanded={isShown}>{children}</Collapse>
    </>
  );
}

import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';

/** Where a password is typed. It can be shown, and says that Caps Lock is on. */
export function PasswordField({ description, ...props }: PasswordInputProps) {
  const [isCapsLock, setCapsLock] = useState(false);
  const look = (event: KeyboardEvent): void => {
    setCapsLock(event.getModifierState('CapsLock'));
  };
  return (
    <PasswordInput
      {...props}
      description={isCapsLock ? 'Caps Lock is on.' : description}
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }}
      onKeyDown={look}
      onKeyUp={look}
      onBlur={(event) => {
        setCapsLock(false);
        props.onBlur?.(event);
      }}
    />
  );
}

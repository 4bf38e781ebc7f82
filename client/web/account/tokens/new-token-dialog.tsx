import { Modal } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiTokenMade } from '../../../../protocol/sessions.js';
import { MadeToken } from './made-token.js';
import { NewTokenForm } from './new-token-form.js';

interface NewTokenDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Makes an API token, and shows it. */
export function NewTokenDialog({ isOpen, onClose }: NewTokenDialogProps) {
  const queries = useQueryClient();
  const [made, setMade] = useState<ApiTokenMade>();
  // It is shown once: neither a slip of the hand nor Escape takes it away.
  const isSafe = made === undefined;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={() => {
        setMade(undefined);
      }}
      title={made === undefined ? 'Create an API token' : 'The API token is created'}
      size="lg"
      withCloseButton={isSafe}
      closeOnEscape={isSafe}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {made === undefined ? (
        <NewTokenForm
          onMade={(token) => {
            setMade(token);
            void queries.invalidateQueries({ queryKey: ['tokens'] });
          }}
          onClose={onClose}
        />
      ) : (
        <MadeToken made={made} onClose={onClose} />
      )}
    </Modal>
  );
}

import { Button, Group, Modal, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorNote } from '../error-note.js';

interface ConfirmDialogProps {
  readonly isOpen: boolean;
  /** A question that names what it is about: `Delete the user dale?` */
  readonly title: ReactNode;
  /** What the button that does it says: `Delete dale`. */
  readonly label: ReactNode;
  /** What comes of it, and fields that are needed for it. */
  readonly children: ReactNode;
  /** Whether something that is needed is missing. */
  readonly isIncomplete?: boolean;
  /** Does it; where it rejects, the dialog stays and says why. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { isOpen, title, label, children, isIncomplete = false, onConfirm, onClose } = props;
  const doing = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  const close = (): void => {
    if (doing.isPending) return;
    doing.reset();
    onClose();
  };
  return (
    <Modal opened={isOpen} onClose={close} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isIncomplete && !doing.isPending) doing.mutate();
        }}
      >
        <Stack>
          {children}
          <ErrorNote error={doing.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button type="submit" color="red" loading={doing.isPending} disabled={isIncomplete}>
              {label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

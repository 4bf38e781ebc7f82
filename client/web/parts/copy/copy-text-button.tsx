import { Button, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';

interface CopyTextButtonProps {
  /** What the button says. */
  readonly label: string;
  /** What it copies, where the label does not say it: for whoever cannot see what stands beside it. */
  readonly what?: string;
  /** Makes the text when it is asked for. */
  readonly text: () => string;
}

/** Copies a text, also where the page came without TLS. */
export function CopyTextButton({ label, what, text }: CopyTextButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  const copy = async (): Promise<void> => {
    setOutcome((await copyText(text())) ? 'copied' : 'failed');
  };
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={
        outcome === 'copied' ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />
      }
      onClick={() => void copy()}
      onBlur={() => {
        setOutcome(undefined);
      }}
    >
      <span aria-live="polite">
        {outcome === undefined ? label : outcome === 'copied' ? 'Copied' : 'Not copied: select it instead'}
        {what === undefined ? null : <VisuallyHidden>: {what}</VisuallyHidden>}
      </span>
    </Button>
  );
}

// A page without TLS has no clipboard, but may still copy what is selected.
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const onCopy = (event: ClipboardEvent): void => {
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
    };
    document.addEventListener('copy', onCopy);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is nothing else
    const isCopied = document.execCommand('copy');
    document.removeEventListener('copy', onCopy);
    return isCopied;
  }
}

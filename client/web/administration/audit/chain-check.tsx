import { Alert, Button, Loader, Text } from '@mantine/core';
import { IconAlertOctagon, IconShieldCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { AuditVerification } from '../../../../protocol/audit.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { TimeText } from '../../parts/text/time-text.js';
import { numberText } from '../../parts/words.js';

interface Checked extends AuditVerification {
  /** RFC 3339. */
  readonly at: string;
}

/** The check of the whole log: what began it, and how it went. */
export function useChainCheck() {
  const { server } = useConsole();
  return useMutation({
    mutationFn: async (): Promise<Checked> => {
      const found = await server.administration.verifyAudit(BROWSER_SESSION);
      return { ...found, at: new Date().toISOString() };
    },
  });
}

type ChainCheck = ReturnType<typeof useChainCheck>;

/** Has the server check the log. */
export function ChainCheckButton({ check }: { readonly check: ChainCheck }) {
  return (
    <Button
      variant="default"
      leftSection={<IconShieldCheck size={18} aria-hidden />}
      loading={check.isPending}
      onClick={() => {
        check.mutate();
      }}
    >
      Check that it is whole
    </Button>
  );
}

interface ChainNoteProps {
  readonly check: ChainCheck;
  /** Shows the log from this line back. */
  readonly onShow: (seq: number) => void;
}

/** What the check is about or has found. */
export function ChainNote({ check, onShow }: ChainNoteProps) {
  const { data, error, isPending } = check;
  return (
    <>
      <div role="status">
        {isPending ? (
          <Alert role="note" color="gray" icon={<Loader size={16} aria-hidden />} py="xs" mb="md">
            Every line is being checked against the one before. In a long log this takes a while.
          </Alert>
        ) : null}
        {data?.is_whole === true ? <WholeNote checked={data} /> : null}
      </div>
      {data?.is_whole === false ? <BrokenNote checked={data} onShow={onShow} /> : null}
      <ErrorNote error={error} />
    </>
  );
}

function WholeNote({ checked: { entries, at } }: { readonly checked: Checked }) {
  return (
    <Alert
      role="note"
      color="cyan"
      mb="md"
      icon={<IconShieldCheck aria-hidden />}
      title="The audit log is whole"
      py="xs"
    >
      {entries === 1
        ? 'Its one line is'
        : `All ${numberText(entries)} lines, from 1 to ${numberText(entries)}, are`}{' '}
      as written: none was changed, none is missing. Checked at <TimeText time={at} />.
    </Alert>
  );
}

function BrokenNote({ checked, onShow }: { readonly checked: Checked } & Pick<ChainNoteProps, 'onShow'>) {
  const { entries, first_broken: broken, at } = checked;
  return (
    <Alert
      role="alert"
      color="red"
      variant="filled"
      mb="md"
      icon={<IconAlertOctagon aria-hidden />}
      title="The audit log was tampered with"
    >
      <Text size="sm" mb="sm">
        {broken === null
          ? 'A line does not fit the one before: '
          : `Line ${numberText(broken)} is the first that does not fit the one before: `}
        it or one near it was changed, removed or put in by something else than gatherd. {numberText(entries)}{' '}
        lines are there. Do not trust line {broken === null ? '' : numberText(broken)} and what comes after
        it: keep a copy of the data directory, and compare it with a backup. Checked at <TimeText time={at} />
        .
      </Text>
      {broken === null ? null : (
        <Button
          variant="white"
          color="red"
          size="compact-sm"
          onClick={() => {
            onShow(broken);
          }}
        >
          Show line {numberText(broken)}
        </Button>
      )}
    </Alert>
  );
}

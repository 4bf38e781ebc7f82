import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { MOST_IMPORTED } from '../../../../protocol/employees.js';
import { GatherError } from '../../../api/gather-error.js';
import { EmployeeCsvError } from '../../../formats/employee-csv.js';
import { ErrorNote } from '../../parts/error-note.js';
import { PageFrame } from '../../parts/page-frame.js';
import { numberText } from '../../parts/words.js';
import { BackLink } from '../back-link.js';
import { FileChoice } from './file-choice.js';
import { PlanView } from './plan-view.js';
import { useImport } from './use-import.js';

/** Where somebody adds many employees at once. */
export function ImportPage() {
  const { plan, previewing, importing, startAnew } = useImport();
  const [text, setText] = useState('');
  return (
    <PageFrame title="Import employees" actions={<BackLink />}>
      {plan === undefined ? (
        <Stack>
          <Text size="sm" maw={680}>
            Nothing is added yet: first the server says what would be, and that stands in the audit log. A
            file has at most {numberText(MOST_IMPORTED)} employees, and no more than the server takes as one
            request (1 MiB, some 8,000 of them, where nothing else is set).
          </Text>
          <FileChoice
            isReading={previewing.isPending}
            text={text}
            onText={setText}
            onChoose={(file) => {
              previewing.mutate(file);
            }}
          />
          <ImportFault name={previewing.variables?.name ?? ''} error={previewing.error} />
        </Stack>
      ) : (
        <PlanView
          plan={plan}
          isImporting={importing.isPending}
          onImport={importing.mutate}
          onStartAnew={startAnew}
        >
          <ImportFault name={plan.file.name} error={importing.error} />
        </PlanView>
      )}
    </PageFrame>
  );
}

interface ImportFaultProps {
  /** Of the file. */
  readonly name: string;
  readonly error: unknown;
}

function ImportFault({ name, error }: ImportFaultProps) {
  const isTooLarge = error instanceof GatherError && error.status === 413;
  if (!(error instanceof EmployeeCsvError) && !isTooLarge) return <ErrorNote error={error} />;
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />} maw={680}>
      <bdi>{name}</bdi> cannot be imported:{' '}
      {isTooLarge
        ? 'it is more than the server takes as one request. Import it in parts, or by “gatherd import employees” at the server.'
        : `${error.message}.`}
    </Alert>
  );
}

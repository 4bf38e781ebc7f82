import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import type { EmployeeImportReport } from '../../../../protocol/employees.js';
import { usePermission } from '../../app/console-context.js';
import { useArrivalFocus } from '../../parts/use-arrival-focus.js';
import { numberText } from '../../parts/words.js';
import { planRows } from './plan-rows.js';
import { PlanTable } from './plan-table.js';
import type { Plan } from './use-import.js';

interface PlanViewProps {
  readonly plan: Plan;
  readonly isImporting: boolean;
  readonly onImport: (skipsConflicts: boolean) => void;
  readonly onStartAnew: () => void;
  /** What went wrong. */
  readonly children: ReactNode;
}

/** What would be imported, or what was. */
export function PlanView(props: PlanViewProps) {
  const { file, report } = props.plan;
  const place = useArrivalFocus<HTMLParagraphElement>();
  if (report.is_applied) return <Done report={report} onStartAnew={props.onStartAnew} />;
  return (
    <Stack>
      <Text role="status" ref={place} tabIndex={-1}>
        <bdi>{file.name}</bdi>: {planText(report)}
      </Text>
      <Decision {...props} />
      <PlanTable rows={planRows(file.employees, report)} />
    </Stack>
  );
}

function Decision({ plan: { report }, isImporting, onImport, onStartAnew, children }: PlanViewProps) {
  const { added, conflicts } = report;
  const [skipsConflicts, setSkips] = useState(false);
  const isBlocked = added === 0 || (conflicts.length > 0 && !skipsConflicts);
  return (
    <Stack gap="xs" align="flex-start">
      {conflicts.length === 0 ? null : (
        <Text size="sm">
          Nothing is imported as long as there are conflicts. Mend the file and choose it again
          {added === 0 ? '.' : ', or leave these rows out.'}
        </Text>
      )}
      {conflicts.length === 0 || added === 0 ? null : (
        <Checkbox
          label={`Leave out the ${countOf(conflicts.length, 'row')} with conflicts`}
          checked={skipsConflicts}
          onChange={(event) => {
            setSkips(event.currentTarget.checked);
          }}
        />
      )}
      {children}
      <Group>
        <Button
          disabled={isBlocked}
          loading={isImporting}
          onClick={() => {
            onImport(skipsConflicts);
          }}
        >
          Import {countOf(added, 'employee')}
        </Button>
        <Button variant="default" onClick={onStartAnew}>
          Choose another file
        </Button>
      </Group>
    </Stack>
  );
}

function Done({
  report,
  onStartAnew,
}: {
  readonly report: EmployeeImportReport;
  readonly onStartAnew: () => void;
}) {
  const mayGet = usePermission('employees:get');
  const place = useArrivalFocus();
  const { added, conflicts } = report;
  const left = conflicts.length === 0 ? '' : ` ${countOf(conflicts.length, 'row')} with conflicts left out.`;
  return (
    <Stack align="flex-start">
      <Alert
        ref={place}
        tabIndex={-1}
        role="status"
        color="green"
        icon={<IconCheck aria-hidden />}
        title="Imported"
      >
        {countOf(added, 'employee')} added.{left}
      </Alert>
      <Group>
        {mayGet ? (
          <Button component={Link} href="/">
            Show the employees
          </Button>
        ) : null}
        <Button variant="default" onClick={onStartAnew}>
          Import another file
        </Button>
      </Group>
    </Stack>
  );
}

function planText({ found, added, conflicts }: EmployeeImportReport): string {
  const counts = `${countOf(found, 'employee')} found, ${numberText(added)} can be added`;
  return conflicts.length === 0 ? `${counts}.` : `${counts}, ${countOf(conflicts.length, 'conflict')}.`;
}

function countOf(count: number, what: string): string {
  return `${numberText(count)} ${what}${count === 1 ? '' : 's'}`;
}

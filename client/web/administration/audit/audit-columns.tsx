import { Badge, Group } from '@mantine/core';
import type { AuditEntry } from '../../../../protocol/audit.js';
import type { Column } from '../../parts/data-table.js';
import { Dimmed } from '../../parts/text/dimmed.js';
import { TimeText } from '../../parts/text/time-text.js';
import classes from './audit-columns.module.css';
import { actionText, doorText } from './audit-words.js';

/** What is seen of a line before it is unfolded. @param broken - the line that the check found not to fit, if any */
export function auditColumns(broken: number | undefined): readonly Column<AuditEntry>[] {
  return [
    { title: 'Line', cell: ({ seq }) => <LineNumber seq={seq} isBroken={seq === broken} /> },
    { title: 'Time', isUnbroken: true, cell: ({ at }) => <TimeText time={at} /> },
    { title: 'Who', cell: ({ actor, door }) => <Name name={actor} otherwise={whoElse(door)} /> },
    { title: 'What', cell: ({ action }) => actionText(action) },
    { title: 'On', cell: ({ subject }) => <Name name={subject} otherwise="–" /> },
    { title: 'Outcome', cell: ({ outcome }) => <Outcome outcome={outcome} /> },
    {
      title: 'From',
      isUnbroken: true,
      cell: ({ endpoint, door }) => <From endpoint={endpoint} door={door} />,
    },
  ];
}

function whoElse(door: string): string {
  return door === 'operator' ? 'operator' : 'nobody known';
}

function LineNumber({ seq, isBroken }: { readonly seq: number; readonly isBroken: boolean }) {
  if (!isBroken) return seq;
  return (
    <Group gap="xs">
      {seq}
      <Badge color="red" variant="filled" tt="none" miw="max-content">
        does not fit
      </Badge>
    </Group>
  );
}

function Name({ name, otherwise }: { readonly name: string | null; readonly otherwise: string }) {
  return name === null ? <Dimmed>{otherwise}</Dimmed> : <bdi className={classes['name']}>{name}</bdi>;
}

function Outcome({ outcome }: Pick<AuditEntry, 'outcome'>) {
  if (outcome === 'done') return 'Done';
  return (
    <Badge color="red" variant="filled" tt="none" miw="max-content">
      Refused
    </Badge>
  );
}

function From({ endpoint, door }: Pick<AuditEntry, 'endpoint' | 'door'>) {
  return (
    <>
      <bdi>{endpoint}</bdi> <Dimmed>{doorText(door)}</Dimmed>
    </>
  );
}

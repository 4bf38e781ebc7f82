import type { MaskedEmployee } from '../../../../protocol/employees.js';
import { employeeId } from '../../../../protocol/employees.js';
import { usePermission } from '../../app/console-context.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { PageFrame } from '../../parts/page-frame.js';
import { BackLink } from '../back-link.js';
import { useMaskedEmployee } from '../employee-queries.js';
import { EditRecord } from './edit-record.js';
import { ShownRecord } from './shown-record.js';
import { useWholeRecord } from './whole-record.js';

interface RecordPageProps {
  /** The number in the address. */
  readonly idText: string;
  readonly isEdited: boolean;
}

/** One employee. */
export function RecordPage({ idText, isEdited }: RecordPageProps) {
  const id = employeeId.safeParse(/^[1-9]\d*$/.test(idText) ? Number(idText) : undefined).data;
  if (id === undefined) return <NoRecord idText={idText} />;
  return <RecordOf id={id} isEdited={isEdited} />;
}

function RecordOf({ id, isEdited }: { readonly id: number; readonly isEdited: boolean }) {
  const mayUpdate = usePermission('employees:update');
  const masked = useMaskedEmployee(id);
  const whole = useWholeRecord(id);
  // What somebody is typing stays, whatever has become of the record meanwhile.
  if (isEdited && mayUpdate && whole.record !== undefined)
    return <EditRecord id={id} read={whole.record} onDone={whole.hide} />;
  if (masked.isPending) return <LoadingNote />;
  if (masked.data === null) return <NoRecord idText={String(id)} />;
  if (masked.data === undefined) {
    return (
      <PageFrame title={`Employee ${String(id)}`} actions={<BackLink />}>
        <ErrorNote
          error={masked.error}
          onRetry={() => {
            void masked.refetch();
          }}
        />
      </PageFrame>
    );
  }
  const employee: MaskedEmployee = masked.data;
  return <ShownRecord masked={employee} whole={whole} isToBeEdited={isEdited && mayUpdate} />;
}

function NoRecord({ idText }: { readonly idText: string }) {
  return (
    <PageFrame title="Employee" actions={<BackLink />}>
      <EmptyNote title="There is no such employee">
        There is nobody with the number <bdi>{idText}</bdi>. Search the list for the name.
      </EmptyNote>
    </PageFrame>
  );
}

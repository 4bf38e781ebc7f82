import { useInViewport } from '@mantine/hooks';
import { PageFrame } from '../../parts/page-frame.js';
import { AuditFilters } from './audit-filters.js';
import { AuditList } from './audit-list.js';
import { ChainCheckButton, ChainNote, useChainCheck } from './chain-check.js';
import { useAuditView } from './use-audit-view.js';

/** The audit log. */
export function AuditPage() {
  const [view, setView] = useAuditView();
  const check = useChainCheck();
  const { ref, inViewport: isAtTop } = useInViewport<HTMLDivElement>();
  return (
    <PageFrame title="Audit log" actions={<ChainCheckButton check={check} />}>
      <div ref={ref}>
        <ChainNote
          check={check}
          onShow={(seq) => {
            setView({ before: seq + 1 });
          }}
        />
        <AuditFilters view={view} onChange={setView} />
      </div>
      <AuditList
        view={view}
        onView={setView}
        isAtTop={isAtTop}
        broken={check.data?.first_broken ?? undefined}
      />
    </PageFrame>
  );
}

import { useSearchParams } from 'wouter';
import { type AuditQuery, auditQuery } from '../../../../protocol/audit.js';

/** Which lines are looked at. It stands in the address. */
export type AuditView = Readonly<Partial<Pick<AuditQuery, 'action' | 'outcome' | 'user' | 'before'>>>;

const NAMES = ['action', 'outcome', 'user', 'before'] as const;

/** Which lines the address asks for, and what asks for others. What it says that makes no sense is passed over. */
export function useAuditView(): readonly [AuditView, (view: AuditView) => void] {
  const [params, setParams] = useSearchParams();
  const show = (view: AuditView): void => {
    const asked = NAMES.flatMap((name) => (view[name] === undefined ? [] : [[name, String(view[name])]]));
    setParams(asked);
  };
  return [viewIn(params), show];
}

function viewIn(params: URLSearchParams): AuditView {
  const { action, outcome, user, before } = auditQuery.shape;
  const given = (name: string): string | undefined => params.get(name) ?? undefined;
  return {
    action: action.safeParse(given('action')).data,
    outcome: outcome.safeParse(given('outcome')).data,
    user: user.safeParse(given('user')).data,
    before: before.safeParse(given('before')).data,
  };
}

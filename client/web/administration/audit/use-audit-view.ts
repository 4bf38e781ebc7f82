import { useSearchParams } from 'wouter';
import { type AuditQuery, auditQuery } from '../../../../protocol/audit.js';
import { momentIn } from '../../../../protocol/moment.js';

/** Which lines are looked at. It stands in the address. */
export interface AuditView extends Readonly<
  Partial<Pick<AuditQuery, 'action' | 'outcome' | 'user' | 'door' | 'before'>>
> {
  /** RFC 3339; so is `until`. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const NAMES = ['action', 'outcome', 'user', 'door', 'since', 'until', 'before'] as const;

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
  const { action, outcome, user, door, before } = auditQuery.shape;
  const given = (name: string): string | undefined => params.get(name) ?? undefined;
  return {
    action: action.safeParse(given('action')).data,
    outcome: outcome.safeParse(given('outcome')).data,
    user: user.safeParse(given('user')).data,
    door: door.safeParse(given('door')).data,
    since: timeIn(given('since')),
    until: timeIn(given('until')),
    before: before.safeParse(given('before')).data,
  };
}

function timeIn(text: string | undefined): string | undefined {
  return text === undefined || momentIn(text) === undefined ? undefined : text;
}

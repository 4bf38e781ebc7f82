import type { Overview, OverviewRange } from '../../../protocol/overview.js';
import type { Caller } from '../sessions/session-service.js';

/** What this server has stored since it started, and how it stands. */
export interface OverviewService {
  /** @throws AppError `permission.missing`, `account.password_change_needed`, `database.…` */
  overview(caller: Caller, range: OverviewRange): Promise<Overview>;
}

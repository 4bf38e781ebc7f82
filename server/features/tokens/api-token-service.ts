import type { ApiTokenCreation, ApiTokenMade, ApiTokenView } from '../../../protocol/sessions.js';
import type { Caller } from './session-service.js';

/** API tokens of one user: for devices, with a name and no more permissions than they need. */
export interface ApiTokenService {
  /**
   * Makes one, which is shown this once.
   *
   * @throws AppError `session.needed`, `permission.missing` for a permission that the caller lacks, `token.name_taken`, `token.too_many`
   */
  create(caller: Caller, wanted: ApiTokenCreation): Promise<ApiTokenMade>;
  /** @throws AppError `session.needed` */
  list(caller: Caller): Promise<readonly ApiTokenView[]>;
  /** Revokes one at once. @throws AppError `session.needed`, `token.unknown` */
  revoke(caller: Caller, tokenId: string): Promise<void>;
}

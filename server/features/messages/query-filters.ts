import type { Bound } from '../../../protocol/stored-messages.js';
import type { RecordOrder, RecordQuery } from '../../dump/reading/record-query.js';

/** What of a query is asked for in words of the wire or of a command line. */
export interface AskedFilters {
  readonly order: RecordOrder;
  readonly after?: Bound | undefined;
  readonly before?: Bound | undefined;
  readonly user?: string | undefined;
  readonly topic?: string | undefined;
  readonly contains?: string | undefined;
}

/** The dump's own form of what is asked for. */
export function queryOf({ order, after, before, user, topic, contains }: AskedFilters): RecordQuery {
  return {
    order,
    ...(after === undefined ? {} : 'seq' in after ? { afterSeq: after.seq } : { afterAt: after.at }),
    ...(before === undefined ? {} : 'seq' in before ? { beforeSeq: before.seq } : { beforeAt: before.at }),
    user,
    topic,
    contains,
  };
}

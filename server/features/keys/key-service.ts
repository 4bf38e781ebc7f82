import type { Secret } from '../../config/setting-kinds.js';
import type { KeyRing } from '../../keys/key-ring.js';
import {
  finishRotation,
  rotateKeys,
  type RotationOutcome,
  type RotationProgress,
  type SealedTable,
} from '../../keys/rotate-keys.js';
import type { Actor, AuditService } from '../audit/audit-service.js';

/** What a change of the master key came to. */
export interface MasterKeyChange {
  /** Where it has to be at the next start: in the file of the data directory, or in the setting GATHERD_MASTER_KEY. */
  readonly source: 'file' | 'setting';
}

/** What an operator does with keys. What is done stands in the audit log. */
export interface KeyService {
  /** See `rotateKeys`. To be read to its end: what is left half-way is finished at the next start or rotation. */
  rotate(actor: Actor): AsyncGenerator<RotationProgress, RotationOutcome>;
  /** Goes on with a rotation that was broken off; undefined where there is none. @throws as `rotate` */
  finishRotation(): Promise<RotationOutcome | undefined>;
  /** See `KeyRing.changeMasterKey`. @param given - undefined: a new file in the data directory */
  changeMasterKey(actor: Actor, given: Secret | undefined): Promise<MasterKeyChange>;
}

/** What the service needs. */
export interface KeyServiceDeps {
  readonly ring: KeyRing;
  /** Every table with sealed fields. */
  readonly tables: readonly SealedTable[];
  readonly audit: Pick<AuditService, 'append'>;
}

const SERVER: Actor = { endpoint: 'local', door: 'operator' };

/** Makes the service. */
export function createKeyService({ ring, tables, audit }: KeyServiceDeps): KeyService {
  function note(actor: Actor, { keyId, ...details }: RotationOutcome): Promise<void> {
    return audit.append({ action: 'key.rotated', actor, subject: { name: keyId }, details: { ...details } });
  }

  async function* rotate(actor: Actor) {
    const outcome = yield* rotateKeys(ring, tables);
    await ring.eraseReplaced();
    await note(actor, outcome);
    return outcome;
  }

  return {
    rotate,
    finishRotation: async () => {
      const outcome = await last(finishRotation(ring, tables));
      if (outcome === undefined) return undefined;
      await ring.eraseReplaced();
      await note(SERVER, outcome);
      return outcome;
    },
    changeMasterKey: async (actor, given) => {
      await ring.changeMasterKey(given);
      await ring.eraseReplaced();
      const source = given === undefined ? 'file' : 'setting';
      await audit.append({
        action: 'key.rotated',
        actor,
        subject: { name: 'master key' },
        details: { source },
      });
      return { source };
    },
  };
}

async function last<Outcome>(steps: AsyncGenerator<unknown, Outcome>): Promise<Outcome> {
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

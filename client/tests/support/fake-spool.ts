import { randomUUID } from 'node:crypto';
import type { FakeProducerServer } from '../../spool/fake-producer-server.js';
import { Spool } from '../../spool/spool.js';
import type { FakeSpoolFiles } from '../../spool/storage/fake-spool-files.js';
import type { FullPolicy } from '../../spool/storage/room-keeper.js';

/** What is sent for a message. */
export const item = (message: unknown): string => JSON.stringify({ message });

/** Opens a spool on a disk in memory, as a process that has found nobody else alive. */
export function openOn(
  files: FakeSpoolFiles,
  more: { maxBytes?: number; whenFull?: FullPolicy; warnings?: string[]; id?: string } = {},
): Promise<Spool> {
  return Spool.open({
    files,
    maxBytes: more.maxBytes ?? 64 * 1024,
    whenFull: more.whenFull ?? 'block',
    stop: new AbortController().signal,
    newId: randomUUID,
    now: () => 1_000_000,
    // Every process before this one is dead: its lease holds nobody up.
    self: { id: more.id ?? randomUUID(), pid: 1, host: 'here', isAlive: () => false },
    warn: (text) => more.warnings?.push(text),
  });
}

/** Ships until nothing is left. */
export async function shipAll(spool: Spool, server: FakeProducerServer): Promise<void> {
  const shipper = spool.shipTo(server);
  for (;;) if ((await shipper.step()).kind === 'empty') return;
}

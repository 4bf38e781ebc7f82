import { afterEach, expect, test } from 'vitest';
import type { RecordsClient } from './support/records-client.js';
import { RecordsRig, sessionIn } from './support/records-rig.js';
import { PASSWORD } from './support/services-rig.js';
import type { TestPair } from './support/test-authority.js';

let rig: RecordsRig | undefined;

afterEach(async () => {
  await rig?.[Symbol.asyncDispose]();
  rig = undefined;
});

async function open(rule: 'factor' | 'alone') {
  const opened = await RecordsRig.open({ GATHERD_RECORDS_TLS: 'mutual', GATHERD_TLS_CLIENT_LOGIN: rule });
  rig = opened;
  for (const name of ['dale', 'laura']) await opened.create(name, { email: `${name}@example.org` });
  // The accounts are as old as the clock of the rig says, and the certificates as the machine's.
  const from = new Date(Math.max(Date.now(), opened.gatherd.clock.now().getTime()) + 1000);
  const dale = await opened.authority.clientPair('dale', {
    from: new Date(Math.min(from.getTime(), Date.now())),
  });
  return { rig: opened, connect: () => enter(opened, dale) };
}

function enter(at: RecordsRig, { certPem, keyPem }: TestPair): Promise<RecordsClient> {
  return at.connect({ cert: certPem, key: keyPem });
}

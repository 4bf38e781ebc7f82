import { askControlServer } from '../../control/control-client.js';
import { controlPlaceOf } from '../../control/control-place.js';
import type { TlsReloaded } from '../../control/tls-commands.js';
import { AppError } from '../../errors/app-error.js';

const LATER = 'No server of this data directory runs: it takes effect at the next start.\n';
const BY_OUTCOME: Readonly<Record<TlsReloaded['outcome'], string>> = {
  renewed: 'The running server has taken it in.\n',
  // It looks at its files by itself too.
  unchanged: 'The running server had taken it in already, unless it was started with other files.\n',
  off: 'The running server speaks no TLS.\n',
};

/**
 * Has the server of a data directory, where one runs, read its certificates and lists anew.
 *
 * @returns what to say of it, and whether it is in effect wherever it can be
 */
export async function haveServerReload(dataDir: string): Promise<{ text: string; isInEffect: boolean }> {
  try {
    const place = await controlPlaceOf(dataDir);
    const asked = await askControlServer(place, { command: 'tls.reload', args: {} }, () => undefined);
    if (asked === 'nobody listens') return { text: LATER, isInEffect: true };
    if (asked !== 'no answer') {
      const { outcome } = asked.result as TlsReloaded;
      return { text: BY_OUTCOME[outcome], isInEffect: true };
    }
    return { text: notTaken('it does not answer'), isInEffect: false };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { text: notTaken(error.message), isInEffect: false };
  }
}

function notTaken(reason: string): string {
  return `It is written, but the running server has not taken it in: ${reason}\n`;
}

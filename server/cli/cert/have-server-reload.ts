import { askControlServer } from '../../control/control-client.js';
import { controlPlaceOf } from '../../control/control-place.js';
import type { TlsReloaded } from '../../control/tls-commands.js';
import { AppError } from '../../errors/app-error.js';

/** What has changed in the files: the server's certificate, or which clients' are revoked. */
export type Changed = 'certificate' | 'revoked';

/** How long the command waits for a server that works on. */
const PATIENCE_MS = 20_000;
const LATER = 'No server of this data directory runs: it takes effect at the next start.\n';
const UNHEARD =
  'The files are written, but the running server did not say whether it has taken them in: its log may say why\n';
const RENEWED = 'The running server has taken it in.\n';
const BY_OUTCOME: Readonly<Record<Changed, Readonly<Record<TlsReloaded['outcome'], string>>>> = {
  certificate: {
    renewed: RENEWED,
    // It looks at its files by itself too.
    unchanged:
      'The running server found nothing new: it had taken it in already, or was started with other files, whose certificate it shows still.\n',
    off: 'The running server speaks no TLS: nobody is shown the certificate before it is started with it.\n',
  },
  revoked: {
    renewed: RENEWED,
    unchanged:
      'The running server found nothing new: it had taken it in already, or was started with another client CA or list, and then refuses nobody for it.\n',
    off: 'The running server speaks no TLS: it asks nobody for a certificate, and refuses nobody for it.\n',
  },
};

/**
 * Has the server of a data directory, where one runs, read its certificates and lists anew.
 *
 * @param signal - ends the waiting for it
 * @returns what to say of it, and whether the server has said what came of it
 */
export async function haveServerReload(
  dataDir: string,
  changed: Changed,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<{ text: string; isAnswered: boolean }> {
  try {
    const place = await controlPlaceOf(dataDir);
    const asked = await askControlServer(place, { command: 'tls.reload', args: {} }, () => undefined, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    if (asked === 'nobody listens') return { text: LATER, isAnswered: true };
    if (asked === 'no answer') return { text: UNHEARD, isAnswered: false };
    const { outcome } = asked.result as TlsReloaded;
    return { text: BY_OUTCOME[changed][outcome], isAnswered: true };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const text = `The files are written, but the running server has not taken them in: ${error.message}\n`;
    return { text, isAnswered: false };
  }
}

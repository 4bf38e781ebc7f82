import type { Settings } from '../config/settings.js';
import { tlsModesOf } from '../config/tls-mode.js';
import type { Logger } from '../observability/logger.js';
import { TlsIdentity } from '../tls/tls-identity.js';

/**
 * Reads the certificate, where a door that is open needs it.
 *
 * @throws AppError `config.invalid` that names the setting, the file and the reason
 */
export async function openTls(settings: Settings, logger: Logger): Promise<TlsIdentity | undefined> {
  const { tlsCert, tlsKey } = settings;
  const isPlain = Object.values(tlsModesOf(settings)).every((mode) => mode === 'off');
  if (isPlain || tlsCert === undefined || tlsKey === undefined) return undefined;
  return TlsIdentity.open({ ...settings, tlsCert, tlsKey }, { logger });
}

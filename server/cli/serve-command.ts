import { promisify } from 'node:util';
import type { LoadedSettings } from '../config/load-settings.js';
import { httpTlsOf } from '../config/tls-mode.js';
import { openControlServer } from '../control/control-server.js';
import { operatorCommands } from '../control/operator-commands.js';
import { tlsCommands } from '../control/tls-commands.js';
import { claimDataDirectory } from '../data-directory/claim-data-directory.js';
import { answerPlain } from '../http/connections/answer-plain.js';
import { closeGracefully, createHttpServer, listen } from '../http/http-server.js';
import { createLogger, type Logger } from '../observability/logger.js';
import type { TlsIdentity } from '../tls/tls-identity.js';
import { createOperatorServices } from '../wiring/operator-services.js';
import { wire } from '../wiring/wire.js';
import type { Surroundings } from './surroundings.js';
import { welcome } from './welcome.js';

const CLOSE_WITHIN_MS = 4000;

/** Serves until the signal is aborted, then stores what has arrived and lets everything go. */
export async function serve(loaded: LoadedSettings, around: Surroundings): Promise<void> {
  const { settings, unknownVariables } = loaded;
  const logger = createLogger(settings.logLevel, around.isErrorTerminal);
  warnAbout(unknownVariables, logger);
  await using directory = await claimDataDirectory(settings.dataDir);
  await using gatherd = await wire(loaded, { ...around, directory, logger });
  const operator = createOperatorServices(
    settings,
    { ...around, directory },
    gatherd.services,
    around.version,
  );
  await using _control = await openControlServer(
    directory,
    { ...operatorCommands(operator), ...tlsCommands(gatherd.tls) },
    logger,
  );
  around.onHangUp(() => void reloadTls(gatherd.tls, logger));
  await using gateways = await gatherd.openGateways();
  const mode = httpTlsOf(settings);
  const https = mode === 'off' ? undefined : gatherd.tls?.secureHttp(mode, answerPlain);
  const server = createHttpServer(
    gatherd,
    {
      headersTimeout: settings.headersTimeout * 1000,
      requestTimeout: settings.requestTimeout * 1000,
      idleTimeout: settings.idleTimeout * 1000,
      maxConnections: settings.maxConnections,
    },
    { logger, unanswered: gatherd.unanswered, onRefusal: gatherd.metrics.onRefusal },
    https,
  );
  gatherd.metrics.watch({ connections: promisify(server.getConnections.bind(server)) });
  const port = await listen(server, settings.port, settings.host);
  const { dumpPath, tls } = gatherd;
  around.print(
    welcome({ settings, port, dumpPath, gateways: gateways.gateways, certificate: tls?.certificate }),
  );
  operator.keyService.finishRotation().catch((error: unknown) => {
    logger.error({ err: error }, 'A rotation of keys that was broken off could not be finished.');
  });
  await aborted(around.signal);
  logger.info('Stopping: what has arrived is being stored.');
  await closeGracefully(server, gatherd.unanswered, CLOSE_WITHIN_MS, https);
}

async function reloadTls(tls: TlsIdentity | undefined, logger: Logger): Promise<void> {
  // What is not in order is in the log.
  const outcome = await tls?.reload().catch(() => undefined);
  if (outcome === 'unchanged') logger.info('The certificate files are as they were.');
}

function warnAbout(unknownVariables: readonly string[], logger: Logger): void {
  if (unknownVariables.length === 0) return;
  logger.warn(
    { variables: unknownVariables },
    'Variables that look like settings are none: are they misspelt?',
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

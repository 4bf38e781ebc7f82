import * as z from 'zod';
import { controlCommand, type ControlCommands } from './control-command.js';

/** The answer of `tls.reload`; `off` where no door speaks TLS. */
export interface TlsReloaded {
  readonly outcome: 'renewed' | 'unchanged' | 'off';
}

/** What the operator can have done about the certificate of a server that runs. */
export function tlsCommands(tls: { reload(): Promise<TlsReloaded['outcome']> } | undefined): ControlCommands {
  return {
    'tls.reload': controlCommand(z.strictObject({}), async (): Promise<TlsReloaded> => {
      return { outcome: tls === undefined ? 'off' : await tls.reload() };
    }),
  };
}

import type { Settings } from './settings.js';

/** How a door speaks: as it is, over TLS, or over TLS to clients with a certificate only. */
export type TlsMode = 'off' | 'server' | 'mutual';

/** How HTTP speaks, where `auto` is settled. */
export function httpTlsOf({ httpTls, tlsCert }: Pick<Settings, 'httpTls' | 'tlsCert'>): TlsMode {
  if (httpTls !== 'auto') return httpTls;
  return tlsCert === undefined ? 'off' : 'server';
}

/** The doors that are open, each with how it speaks. */
export function tlsModesOf(
  settings: Pick<
    Settings,
    'httpTls' | 'tlsCert' | 'chat' | 'chatTls' | 'credentials' | 'credentialsTls' | 'records' | 'recordsTls'
  >,
): Readonly<Record<'http' | 'chat' | 'credentials' | 'records', TlsMode>> {
  return {
    http: httpTlsOf(settings),
    chat: settings.chat === undefined ? 'off' : settings.chatTls,
    credentials: settings.credentials === undefined ? 'off' : settings.credentialsTls,
    records: settings.records === undefined ? 'off' : settings.recordsTls,
  };
}

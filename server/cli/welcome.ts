import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tlsModesOf, type TlsMode } from '../config/tls-mode.js';
import type { Settings } from '../config/settings.js';
import { hostsNamedBy, isNamedBy } from '../tls/certificate-names.js';

/** What there is to say of a server that listens. */
export interface Listening {
  readonly settings: Settings;
  readonly port: number;
  readonly dumpPath: string;
  readonly gateways: readonly { readonly name: string; readonly address: string }[];
  /** What is shown; undefined where no door speaks TLS. */
  readonly certificate: X509Certificate | undefined;
}

const SAID_OF_MODE = { off: '', server: ' over TLS', mutual: ' over TLS, to clients with a certificate' };
const LOOPBACKS: readonly string[] = ['127.0.0.1', '::1'];
// Where a server on all addresses is found on its own machine.
const HERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** What is said once gatherd listens: where, how to send a first message, and where the console is. */
export function welcome(listening: Listening): string {
  const { settings, port, dumpPath, gateways } = listening;
  const modes: Readonly<Record<string, TlsMode>> = tlsModesOf(settings);
  const said = (door: string) => SAID_OF_MODE[modes[door] ?? 'off'];
  const mode = modes['http'] ?? 'off';
  const address = addressOf(settings.host, port);
  return [
    `gatherd listens on ${mode === 'off' ? 'http' : 'https'}://${address}${mode === 'mutual' ? said('http') : ''}`,
    ...gateways.map(({ name, address: at }) => `Gateway ${name} listens on ${at}${said(name)}`),
    `The dump is ${dumpPath}; read it with: tail -F ${dumpPath}`,
    `The console for browsers is ${origin(listening, mode)}/console/`,
    ...firstMessage(listening, mode),
    '',
  ].join('\n');
}

// Where a client on this machine finds it.
function origin({ settings: { host }, port, certificate }: Listening, mode: TlsMode): string {
  const here = HERE[host] ?? host;
  if (mode === 'off' || certificate === undefined) return `http://${addressOf(here, port)}`;
  return `https://${addressOf(namedHost(certificate, here), port)}`;
}

function firstMessage(listening: Listening, mode: TlsMode): string[] {
  const { settings, certificate } = listening;
  const { tlsCert = '' } = settings;
  const line = 'Send a first message with the menu: npx gather';
  const at = origin(listening, mode);
  if (mode === 'off' || certificate === undefined) return [`${line} ${at.replace('http://', '')}`];
  const issuer = issuerFile(certificate, settings);
  const options = [
    ...(issuer === undefined ? [] : [` --ca ${quoted(issuer)}`]),
    ...(mode === 'mutual' ? [' --cert NAME.crt --key NAME.key'] : []),
  ].join('');
  return [
    `${line} ${at}${options}`,
    ...(issuer === undefined
      ? [`Where the issuer of ${tlsCert} is not a public one, its clients need --ca or --pin: docs/tls.md`]
      : []),
  ];
}

// A host that the certificate is for, this machine's own first.
function namedHost(certificate: X509Certificate, here: string): string {
  const local = LOOPBACKS.includes(here) ? ['localhost', here] : [here];
  return local.find((host) => isNamedBy(certificate, host)) ?? hostsNamedBy(certificate)[0] ?? here;
}

// Where the certificate's issuer is, when it is one's own: beside it, with the clients' authority, or itself.
function issuerFile(
  certificate: X509Certificate,
  { tlsCert = '', tlsClientCa }: Settings,
): string | undefined {
  const clients = tlsClientCa === undefined ? [] : [tlsClientCa];
  const candidates = [join(dirname(tlsCert), 'ca.crt'), ...clients, tlsCert];
  return candidates.find((path) => hasIssued(path, certificate));
}

function hasIssued(path: string, certificate: X509Certificate): boolean {
  try {
    const issuer = new X509Certificate(readFileSync(path));
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function addressOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

// For a POSIX shell.
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

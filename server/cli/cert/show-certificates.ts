import { hostname } from 'node:os';
import { isLoopback } from '../../net/is-loopback.js';
import type { Revocation } from '../../tls/authority/revocation-list.js';
import type { accountOf } from './account-of.js';
import type { ClientMade, initAuthority, Revocable, Revoked, ServerMade } from './authority-actions.js';
import { serialOfFile, type AuthorityFiles, type Issued } from './authority-directory.js';

/** A certificate with what has become of it. */
export interface Listed extends Issued {
  readonly state: 'good' | 'expired' | 'revoked';
  readonly revokedAt?: Date;
}

const ACCOUNT_NOTES: Readonly<Record<ReturnType<typeof accountOf>, string>> = {
  there: '',
  missing:
    'There is no account of this name: this certificate will be refused. Make the account, then issue another one with --replace.\n',
  unknown:
    'The account has to be older than it: where it is made later, issue another one after that with --replace.\n',
};

/** What `cert init` has made. @param around - the port of the server, and the options that its start needs besides */
export function showInit(
  files: AuthorityFiles,
  { server, authorityEnds }: Awaited<ReturnType<typeof initAuthority>>,
  { port, options }: { readonly port: number; readonly options: string },
): string {
  const { directory, caCert, serverCert, serverKey } = files;
  const url = urlOf(server.names, port);
  const start = `gatherd${options}${hostOption(server.names)} --tls-cert ${quoted(serverCert)} --tls-key ${quoted(serverKey)} --tls-client-ca ${quoted(caCert)}`;
  return `${directory} has an authority and a server certificate now:
  ca.crt      the authority, until ${dayOf(authorityEnds)}: clients get a copy of it
  ca.key      its key: who has it can issue certificates that all of them trust
  ca.crl      what it has revoked: nothing yet
  server.crt  the server's certificate with its authority, until ${dayOf(server.expiresAt)}
  server.key  its key
The server certificate is for ${server.names.join(', ')}.
Its SHA-256 fingerprint is ${server.fingerprint}

Start the server:
  ${start}
Have a client trust it, by a copy of ca.crt or by the fingerprint:
  gather login --server ${url} --ca ca.crt
  gather login --server ${url} --pin ${server.fingerprint.replaceAll(':', '').toLowerCase()}
`;
}

/** What `cert renew` has made. */
export function showRenewal(
  { serverCert }: AuthorityFiles,
  { names, expiresAt, fingerprint }: ServerMade,
): string {
  return `${serverCert} is good until ${dayOf(expiresAt)} now, for ${names.join(', ')}.
Its SHA-256 fingerprint is ${fingerprint}
Clients that pin the one before have to be told this one.
`;
}

/**
 * What `cert issue` has made.
 *
 * @param account - whether there was one of its name before
 * @param server - what its certificate is for, and its port
 */
export function showIssue(
  { caCert }: AuthorityFiles,
  made: ClientMade,
  account: ReturnType<typeof accountOf>,
  server: { readonly names: readonly string[]; readonly port: number },
): string {
  return `${made.name} has a client certificate, until ${dayOf(made.expiresAt)}:
  ${made.certPath}
  ${made.keyPath}
Its serial number is ${made.serialNumber}
Its SHA-256 fingerprint is ${made.fingerprint}
${ACCOUNT_NOTES[account]}
Bring both files and ${caCert} to the client, and have it use them:
  gather login --server ${urlOf(server.names, server.port)} --user ${quoted(made.name)} --ca ca.crt --cert ${quoted(`${made.name}.crt`)} --key ${quoted(`${made.name}.key`)}
`;
}

/** What `cert revoke` has done. */
export function showRevoked({ now, before }: Revoked): string {
  const line = ({ name, serialNumber }: Revocable, state: string) =>
    `${serialNumber}${name === undefined ? '' : ` of ${name}`} ${state}.\n`;
  return [
    ...now.map((one) => line(one, 'is revoked')),
    ...before.map((one) => line(one, 'had been revoked before')),
  ].join('');
}

/** What is to be known besides of what was revoked: a line each. @param again - the options that the command was given */
export function revokedWarnings({ now, unread }: Revoked, again: string): string[] {
  const unknown = now.filter(({ name }) => name === undefined);
  return [
    ...unknown.map(({ serialNumber }) => `nothing is known here of ${serialNumber}: is the number right?`),
    ...unread.map((path) => {
      const serial = serialOfFile(path);
      const advice =
        serial === undefined
          ? 'gatherd cert revoke SERIAL revokes it'
          : `to revoke it: gatherd cert revoke ${serial}${again}`;
      return `${path} cannot be read, so whose it is is not known, and it is good still; ${advice}`;
    }),
  ];
}

/** Options as a shell takes them, each after a space. */
export function optionWords(options: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(options)
    .map(([flag, value]) => (value === undefined ? '' : ` --${flag} ${quoted(value)}`))
    .join('');
}

/** Certificates with what has become of each. */
export function listed(issued: readonly Issued[], revoked: readonly Revocation[], now: Date): Listed[] {
  const since = new Map(revoked.map(({ serialNumber, revokedAt }) => [serialNumber, revokedAt]));
  return issued.map((one) => {
    const revokedAt = since.get(one.serialNumber);
    if (revokedAt !== undefined) return { ...one, state: 'revoked', revokedAt };
    return { ...one, state: one.expiresAt < now ? 'expired' : 'good' };
  });
}

/** Certificates as a table for people. */
export function showList(certificates: readonly Listed[]): string {
  if (certificates.length === 0) return 'No client has a certificate: gatherd cert issue NAME issues one.\n';
  const width = Math.max(...certificates.map(({ name }) => name.length), 'name'.length);
  const row = (name: string, serial: string, from: string, until: string, state: string) =>
    `${name.padEnd(width)}  ${serial.padEnd(32)}  ${from.padEnd(10)}  ${until.padEnd(10)}  ${state}\n`;
  const rows = certificates.map(({ name, serialNumber, issuedAt, expiresAt, state, revokedAt }) => {
    const shown = revokedAt === undefined ? state : `${state} ${dayOf(revokedAt)}`;
    return row(name, serialNumber, dayOf(issuedAt), dayOf(expiresAt), shown);
  });
  return [row('name', 'serial number', 'issued', 'until', 'state'), ...rows].join('');
}

// A server with another machine's name is reached from others; this machine's own name alone says nothing of that.
function hostOption(names: readonly string[]): string {
  const isLocal = (name: string) => isLoopback(name) || name === hostname().toLowerCase();
  return names.every(isLocal) ? '' : ' --host 0.0.0.0';
}

function urlOf([first = 'localhost']: readonly string[], port: number): string {
  return `https://${first.includes(':') ? `[${first}]` : first.replace('*', 'www')}:${String(port)}`;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

// As a shell takes it.
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

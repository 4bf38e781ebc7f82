import type { X509Certificate } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Settings } from '../../config/settings.js';
import { withoutList, type TrustedClients } from '../../tls/trusted-clients.js';
import { checkTimes } from './check-times.js';
import { ok, problem, warning, type Finding } from './finding.js';

/** Looks at whose clients a server trusts, when it takes the files. */
export function checkTlsClients(clients: TrustedClients, settings: Settings, now: Date): Finding[] {
  const { tlsClientCa: path } = settings;
  if (path === undefined) return [];
  const { authorities } = clients;
  return [
    ...checkTimes('client CA', path, authorities, now),
    ...authorities.flatMap((authority) => checkAuthority(path, authority, authorities)),
    ...checkLists(clients, settings, path, now),
  ];
}

/** Whether a certificate is signed by its own key. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  // Not by checkIssued: it wants one that may issue others.
  const { subject, issuer, publicKey } = certificate;
  return subject === issuer && certificate.verify(publicKey);
}

function checkAuthority(
  path: string,
  authority: X509Certificate,
  all: readonly X509Certificate[],
): Finding[] {
  const which = `${path}, ${nameOf(authority)}`;
  if (!authority.ca) return [problem('client CA', `${which} is no authority`)];
  if (isSelfSigned(authority) || all.some((issuer) => authority.checkIssued(issuer))) return [];
  return [problem('client CA', `${which}: its issuer is missing, so the clients below it are refused`)];
}

function checkLists(
  clients: TrustedClients,
  { tlsClientCrl }: Settings,
  caPath: string,
  now: Date,
): Finding[] {
  const path = tlsClientCrl ?? join(dirname(caPath), 'ca.crl');
  const { isGiven, staleAt } = clients.revocations;
  if (!isGiven)
    return [
      warning('CRL', `there is none, so no client certificate is revoked: ${path} or GATHERD_TLS_CLIENT_CRL`),
    ];
  const without = withoutList(clients).map((name) =>
    warning('CRL', `${path} has no list of ${name}, so none of its certificates is revoked`),
  );
  const isStale = staleAt !== undefined && staleAt <= now;
  const stale = isStale
    ? [warning('CRL', `a newer one than ${path} should be there since ${staleAt.toISOString()}`)]
    : [];
  const wrong = [...without, ...stale];
  return wrong.length > 0 ? wrong : [ok('CRL', `${path} is in order`)];
}

function nameOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ', ');
}

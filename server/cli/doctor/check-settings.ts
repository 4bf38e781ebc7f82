import type { LoadedSettings } from '../../config/load-settings.js';
import type { Settings } from '../../config/settings.js';
import { httpTlsOf, tlsModesOf } from '../../config/tls-mode.js';
import { isLoopback } from '../../net/is-loopback.js';
import { ok, warning, type Finding } from './finding.js';

/** The shortest password that NIST SP 800-63B lets people choose. */
const RECOMMENDED_LENGTH = 8;

/** What is to be said of settings that are valid. */
export function checkSettings({ settings, unknownVariables }: LoadedSettings): Finding[] {
  const unknown = unknownVariables.map((name) =>
    warning('settings', `${name} looks like a setting and is none: is it misspelt?`),
  );
  return [
    ...(unknown.length > 0 ? unknown : [ok('settings', 'valid')]),
    ...exposure(settings),
    ...passwords(settings),
  ];
}

function exposure(settings: Settings): Finding[] {
  const { host, zmq, zmqCurveKey, enrollment, trustProxy } = settings;
  const findings: Finding[] = [...httpExposure(settings), ...gatewayExposure(settings)];
  if (!isLoopback(host) && enrollment === 'open')
    findings.push(
      warning('exposure', 'anybody who reaches it can make an account: GATHERD_ENROLLMENT=invite'),
    );
  if (zmq !== undefined && zmqCurveKey === undefined)
    findings.push(
      warning('exposure', `every user of this machine reaches the users service gateway on ${zmq.host}`),
    );
  if (typeof trustProxy === 'number')
    findings.push(
      warning(
        'exposure',
        'GATHERD_TRUST_PROXY counts proxies: who reaches gatherd past them chooses its own address',
      ),
    );
  return findings;
}

function httpExposure(settings: Settings): Finding[] {
  const { host } = settings;
  if (isLoopback(host)) return [ok('exposure', `only this machine reaches HTTP on ${host}`)];
  if (httpTlsOf(settings) !== 'off') return [ok('exposure', `HTTP on ${host} is encrypted`)];
  const text = `HTTP on ${host} is not encrypted: --tls-cert and --tls-key (gatherd cert init), or a TLS proxy`;
  return [warning('exposure', text)];
}

// Beyond loopback none of them starts without what makes it safe there.
function gatewayExposure(settings: Settings): Finding[] {
  const { chat, credentials, records } = settings;
  const modes = tlsModesOf(settings);
  const doors = { chat, credentials, records };
  const open = (['chat', 'credentials', 'records'] as const).flatMap((door) => {
    const address = doors[door];
    if (address === undefined || isLoopback(address.host)) return [];
    return [ok('exposure', `the ${door} gateway on ${address.host} speaks TLS (${modes[door]})`)];
  });
  if (credentials === undefined || modes.credentials === 'mutual') return open;
  const text =
    'every user of this machine may add and remove accounts without permissions at the credentials gateway: GATHERD_CREDENTIALS_TLS=mutual';
  return [...open, warning('exposure', text)];
}

function passwords({ passwordMinLength, passwordPolicy }: Settings): Finding[] {
  const findings: Finding[] = [];
  if (passwordMinLength < RECOMMENDED_LENGTH)
    findings.push(
      warning(
        'passwords',
        `${String(passwordMinLength)} characters are enough; NIST SP 800-63B wants ${String(RECOMMENDED_LENGTH)}: GATHERD_PASSWORD_MIN_LENGTH`,
      ),
    );
  if (passwordPolicy === 'registration')
    findings.push(
      warning(
        'passwords',
        'AUTHENTICATE and the credentials gateway take any password: GATHERD_PASSWORD_POLICY=all',
      ),
    );
  return findings.length > 0
    ? findings
    : [ok('passwords', 'new ones have to be long enough and uncommon everywhere')];
}

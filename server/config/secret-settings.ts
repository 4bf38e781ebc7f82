import { curveKey, password, secret } from './setting-kinds.js';

/** What nobody else may know. */
export const SECRET_SETTINGS = {
  metricsToken: {
    env: 'GATHERD_METRICS_TOKEN',
    kind: secret(),
    placeholder: 'PATH',
    help: 'the bearer token for /metrics; without it only loopback may read them',
    isSecret: true,
  },
  masterKey: {
    env: 'GATHERD_MASTER_KEY',
    kind: secret(),
    placeholder: 'PATH',
    help: 'what personal fields are encrypted under: 64 hexadecimal digits, or a passphrase; without it a key is made in the data directory',
    isSecret: true,
  },
  adminPassword: {
    env: 'GATHERD_ADMIN_PASSWORD',
    kind: password(),
    placeholder: 'PATH',
    help: 'makes the administrator admin at a start without any administrator',
    isSecret: true,
  },
  zmqCurveKey: {
    env: 'GATHERD_ZMQ_CURVE_KEY',
    kind: curveKey(),
    placeholder: 'PATH',
    help: 'the secret key, 40 characters of Z85, with which the gateway of the users service encrypts (CURVE); needed beyond loopback',
    isSecret: true,
  },
  tlsKeyPassphrase: {
    env: 'GATHERD_TLS_KEY_PASSPHRASE',
    kind: password(),
    placeholder: 'PATH',
    help: 'the passphrase of GATHERD_TLS_KEY, where it has one',
    isSecret: true,
  },
  pepper: {
    env: 'GATHERD_PEPPER',
    kind: secret(),
    placeholder: 'PATH',
    help: 'a secret mixed into every password hash; without it one is made in the data directory',
    isSecret: true,
  },
} as const;

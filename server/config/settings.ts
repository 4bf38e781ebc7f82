import type { z } from 'zod';
import {
  bytes,
  curveKey,
  flag,
  integer,
  list,
  oneOf,
  password,
  secret,
  socketAddress,
  text,
  trustedProxies,
  zmqAddress,
} from './setting-kinds.js';

/** One setting: its flag is the name in kebab-case, its environment variable is `env`. */
export interface SettingDefinition<Value> {
  readonly env: string;
  readonly kind: z.ZodType<Value, string>;
  /** As an operator would write it; undefined where there is none. */
  readonly fallback?: string;
  /** What `--help` shows in place of the value; absent for a flag without one. */
  readonly placeholder?: string;
  readonly help: string;
  /** A secret has no flag for its value; it is read from the environment or from the file that `…_FILE` names. */
  readonly isSecret?: true;
}

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const TiB = 2 ** 40;

/** Every setting of gatherd, in the order in which `gatherd --help` and `gatherd config` show them. */
export const SETTINGS = {
  port: define(
    'GATHERD_PORT',
    integer(0, 65_535),
    'PORT',
    '6174',
    'the port to listen on; 0 picks a free one',
  ),
  host: define('GATHERD_HOST', text(), 'ADDRESS', '127.0.0.1', 'the address to listen on'),
  insecureHttp: {
    env: 'GATHERD_INSECURE_HTTP',
    kind: flag(),
    fallback: 'false',
    help: 'allow plain HTTP on an address other than loopback',
  },
  dataDir: define(
    'GATHERD_DATA_DIR',
    text(),
    'DIRECTORY',
    './data',
    'where the dump, the database and the keys are',
  ),
  dumpFormat: define('GATHERD_DUMP_FORMAT', oneOf('ndjson', 'csv'), 'FORMAT', 'ndjson', 'ndjson or csv'),
  tokenTtl: define('GATHERD_TOKEN_TTL', integer(1, 31_536_000), 'SECONDS', '600', 'how long a token is good'),
  tokenBinding: define(
    'GATHERD_TOKEN_BINDING',
    oneOf('endpoint', 'token'),
    'BINDING',
    'endpoint',
    'endpoint: a token is good only from the address it was issued to; token: from anywhere',
  ),
  enrollment: define(
    'GATHERD_ENROLLMENT',
    oneOf('open', 'invite', 'closed'),
    'POLICY',
    'open',
    'who may make an account, by whatever door: open, anybody; invite, who has a code; closed, administrators only',
  ),
  passwordMinLength: define(
    'GATHERD_PASSWORD_MIN_LENGTH',
    integer(6, 64),
    'CHARACTERS',
    '6',
    'the shortest password of a new account, and of a change',
  ),
  passwordPolicy: define(
    'GATHERD_PASSWORD_POLICY',
    oneOf('registration', 'all'),
    'DOORS',
    'registration',
    'where length and commonness of new passwords are checked: registration, not at AUTHENTICATE and the credentials gateway; all, everywhere',
  ),
  sessionTtl: define(
    'GATHERD_SESSION_TTL',
    integer(60, 31_536_000),
    'SECONDS',
    '86400',
    'how long a login lasts at the most',
  ),
  sessionIdle: define(
    'GATHERD_SESSION_IDLE',
    integer(0, 31_536_000),
    'SECONDS',
    '0',
    'how long a login lasts without being used; 0 is off',
  ),
  trustProxy: define(
    'GATHERD_TRUST_PROXY',
    trustedProxies(),
    'PROXIES',
    'off',
    'whose X-Forwarded-For is believed: off, a number of proxies, or addresses and networks',
  ),
  allowedHosts: define(
    'GATHERD_ALLOWED_HOSTS',
    list(),
    'NAMES',
    '',
    'Host names served beside localhost, IP addresses and the name of this machine, with commas between them',
  ),
  zmq: define(
    'GATHERD_ZMQ',
    zmqAddress(),
    'ADDRESS',
    'off',
    'where the gateway of the users service listens, tcp://127.0.0.1:5556 for example; off, not at all',
  ),
  credentials: define(
    'GATHERD_CREDENTIALS',
    socketAddress(),
    'ADDRESS',
    'off',
    'where the credentials gateway listens, 127.0.0.1:12345 for example; off, not at all',
  ),
  logLevel: define(
    'GATHERD_LOG_LEVEL',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'LEVEL',
    'info',
    'the least severe log line to write',
  ),
  maxMessageBytes: define(
    'GATHERD_MAX_MESSAGE_BYTES',
    bytes(1, 16 * MiB),
    'SIZE',
    '256KiB',
    'the largest message, as UTF-8',
  ),
  maxMessages: define(
    'GATHERD_MAX_MESSAGES',
    integer(1, 100_000),
    'COUNT',
    '1000',
    'the most messages in a MESSAGE',
  ),
  maxBodyBytes: define(
    'GATHERD_MAX_BODY_BYTES',
    bytes(1024, 64 * MiB),
    'SIZE',
    '1MiB',
    'the largest request body that is not a stream of lines',
  ),
  maxJsonDepth: define(
    'GATHERD_MAX_JSON_DEPTH',
    integer(2, 1000),
    'LEVELS',
    '32',
    'the deepest nesting of JSON',
  ),
  maxQueueBytes: define(
    'GATHERD_MAX_QUEUE_BYTES',
    bytes(64 * 1024, GiB),
    'SIZE',
    '32MiB',
    'how much may wait to be written before senders are told to wait (503)',
  ),
  maxReceivingBytes: define(
    'GATHERD_MAX_RECEIVING_BYTES',
    bytes(64 * 1024, GiB),
    'SIZE',
    '64MiB',
    'how much of unfinished request bodies may be held before further ones are told to wait (503)',
  ),
  maxConnections: define(
    'GATHERD_MAX_CONNECTIONS',
    integer(1, 1_000_000),
    'COUNT',
    '10000',
    'open connections',
  ),
  maxSessionsPerUser: define(
    'GATHERD_MAX_SESSIONS_PER_USER',
    integer(1, 1_000_000),
    'COUNT',
    '1000',
    'live sessions of one user',
  ),
  maxEndpointsPerUser: define(
    'GATHERD_MAX_ENDPOINTS_PER_USER',
    integer(1, 1_000_000),
    'COUNT',
    '1000',
    'endpoints at which one user is identified',
  ),
  handshakeRate: define(
    'GATHERD_HANDSHAKE_RATE',
    integer(0, 1_000_000),
    'PER_MINUTE',
    '600',
    'IDENTIFY and AUTHENTICATE a minute from one address (IPv6: one /64); 0 is off',
  ),
  loginRate: define(
    'GATHERD_LOGIN_RATE',
    integer(0, 1_000_000),
    'PER_MINUTE',
    '120',
    'AUTHENTICATE a minute for one user from one address (IPv6: one /64); 0 is off',
  ),
  wrongPasswords: define(
    'GATHERD_WRONG_PASSWORDS',
    integer(0, 1000),
    'COUNT',
    '5',
    'wrong passwords for one user from one address (IPv6: one /64) before a growing delay; 0 is off',
  ),
  headersTimeout: define('GATHERD_HEADERS_TIMEOUT', integer(1, 600), 'SECONDS', '10', 'to send the headers'),
  requestTimeout: define(
    'GATHERD_REQUEST_TIMEOUT',
    integer(1, 3600),
    'SECONDS',
    '30',
    'to send a whole request',
  ),
  idleTimeout: define(
    'GATHERD_IDLE_TIMEOUT',
    integer(1, 3600),
    'SECONDS',
    '60',
    'an idle connection is kept',
  ),
  dumpLockTimeout: define(
    'GATHERD_DUMP_LOCK_TIMEOUT',
    integer(100, 600_000),
    'MILLISECONDS',
    '5000',
    "how long to wait for another program's lock on the dump before answering 503",
  ),
  segmentBytes: define(
    'GATHERD_SEGMENT_BYTES',
    bytes(64 * 1024, TiB),
    'SIZE',
    '1GiB',
    'how large the dump grows before it goes on in a new segment',
  ),
  segmentAge: define(
    'GATHERD_SEGMENT_AGE',
    integer(0, 31_536_000),
    'SECONDS',
    '0',
    'how old the first record of the dump becomes before it goes on in a new segment; 0 is off',
  ),
  segmentCompression: define(
    'GATHERD_SEGMENT_COMPRESSION',
    oneOf('none', 'gzip', 'zstd'),
    'KIND',
    'none',
    'how closed segments are compressed: none, gzip, or zstd where Node has it',
  ),
  retentionAge: define(
    'GATHERD_RETENTION_AGE',
    integer(0, 3_153_600_000),
    'SECONDS',
    '0',
    'how old the last record of a closed segment becomes before the segment is deleted; 0 is off',
  ),
  retentionBytes: define(
    'GATHERD_RETENTION_BYTES',
    bytes(0, 1024 * TiB),
    'SIZE',
    '0',
    'how much all segments take before the oldest closed ones are deleted; 0 is off',
  ),
  freeSpaceReserve: define(
    'GATHERD_FREE_SPACE_RESERVE',
    bytes(0, TiB),
    'SIZE',
    '64MiB',
    'how much of the disk is left free: below it senders are told to wait (503); 0 is off',
  ),
  maxProducersPerUser: define(
    'GATHERD_MAX_PRODUCERS_PER_USER',
    integer(1, 1_000_000),
    'COUNT',
    '1000',
    'numbered streams of messages of one user',
  ),
  producerIdle: define(
    'GATHERD_PRODUCER_IDLE',
    integer(60, 3_153_600_000),
    'SECONDS',
    '7776000',
    'how long a numbered stream is remembered after its last message',
  ),
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
  pepper: {
    env: 'GATHERD_PEPPER',
    kind: secret(),
    placeholder: 'PATH',
    help: 'a secret mixed into every password hash; without it one is made in the data directory',
    isSecret: true,
  },
} as const satisfies Record<string, SettingDefinition<unknown>>;

type Definitions = typeof SETTINGS;
export type SettingName = keyof Definitions;
type SecretName = {
  [Name in SettingName]: Definitions[Name] extends { readonly isSecret: true } ? Name : never;
}[SettingName];

/** The effective settings, parsed and within their ranges. */
export type Settings = {
  readonly [Name in Exclude<SettingName, SecretName>]: z.infer<Definitions[Name]['kind']>;
} & {
  readonly [Name in SecretName]?: z.infer<Definitions[Name]['kind']>;
};

/** The flag of a setting, without its value: `maxBodyBytes` is `--max-body-bytes`, a secret's names its file. */
export function flagOf(name: SettingName): string {
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${kebab}${isSecret(name) ? '-file' : ''}`;
}

/** Whether the value of a setting must never be shown. */
export function isSecret(name: SettingName): boolean {
  const definition: SettingDefinition<unknown> = SETTINGS[name];
  return definition.isSecret === true;
}

/** The names of all settings, typed. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

function define<Value>(
  env: string,
  kind: z.ZodType<Value, string>,
  placeholder: string,
  fallback: string,
  help: string,
): SettingDefinition<Value> {
  return { env, kind, placeholder, fallback, help };
}

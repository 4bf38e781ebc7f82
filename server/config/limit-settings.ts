import { define } from './setting-definition.js';
import { bytes, integer } from './setting-kinds.js';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** How much and how long clients may occupy a server. */
export const LIMIT_SETTINGS = {
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
    'handshakes, logins, registrations and changes of passwords a minute from one address (IPv6: one /64), at all doors; 0 is off',
  ),
  loginRate: define(
    'GATHERD_LOGIN_RATE',
    integer(0, 1_000_000),
    'PER_MINUTE',
    '120',
    'password checks a minute for one user from one address (IPv6: one /64); 0 is off',
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
} as const;

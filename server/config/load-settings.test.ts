import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsAsJson, showSettings } from '../cli/config-command.js';
import { AppError } from '../errors/app-error.js';
import { loadSettings, type RawSettings } from './load-settings.js';
import { httpTlsOf } from './tls-mode.js';
import { flagOf, isSecret, SETTING_NAMES, SETTINGS, type SettingDefinition } from './settings.js';

const PEPPER = 'a pepper that nobody may see';
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatherd-settings-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fileWith(text: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return path;
}

function problemsOf(
  flags: RawSettings,
  env: Readonly<Record<string, string>> = {},
  settingsFile?: string,
): string[] {
  try {
    loadSettings(flags, env, settingsFile);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('config.invalid');
    return error.message.split('\n');
  }
}

describe('a setting', () => {
  test('comes from its flag, else the environment, else the file, else its default', () => {
    const file = fileWith('GATHERD_PORT=3\nGATHERD_TOKEN_TTL=3\nGATHERD_MAX_MESSAGES=3\n');
    const env = { GATHERD_PORT: '2', GATHERD_TOKEN_TTL: '2' };
    const { settings, origins } = loadSettings({ port: '1' }, env, file);
    expect([settings.port, origins.port]).toEqual([1, 'flag']);
    expect([settings.tokenTtl, origins.tokenTtl]).toEqual([2, 'environment']);
    expect([settings.maxMessages, origins.maxMessages]).toEqual([3, 'file']);
    expect([settings.maxJsonDepth, origins.maxJsonDepth]).toEqual([32, 'default']);
  });

  test('that wins is the only one that is looked at', () => {
    expect(problemsOf({ port: '1' }, { GATHERD_PORT: 'nonsense' })).toEqual([]);
    expect(problemsOf({ port: 'nonsense' }, { GATHERD_PORT: '1' })).toHaveLength(1);
  });

  test('that is no address is told of with the address of its own gateway', () => {
    const problems = problemsOf({}, { GATHERD_CHAT: 'x', GATHERD_CREDENTIALS: 'x' });
    expect(problems.find((problem) => problem.includes('GATHERD_CHAT'))).toContain('like 127.0.0.1:12346 or');
    expect(problems.find((problem) => problem.includes('GATHERD_CREDENTIALS'))).toContain(
      'like 127.0.0.1:12345 or',
    );
  });

  test('that is empty is malformed and not absent', () => {
    expect(problemsOf({}, { GATHERD_PORT: '' })).toHaveLength(1);
    expect(problemsOf({}, { GATHERD_DATA_DIR: '' })).toHaveLength(1);
  });

  test('has the default that the contract and the documentation name', () => {
    expect(loadSettings({}, {}).settings).toEqual({
      port: 6174,
      host: '127.0.0.1',
      insecureHttp: false,
      dataDir: './data',
      dumpFormat: 'ndjson',
      tokenTtl: 600,
      tokenBinding: 'endpoint',
      enrollment: 'open',
      passwordMinLength: 6,
      passwordPolicy: 'registration',
      sessionTtl: 86_400,
      sessionIdle: 0,
      trustProxy: false,
      allowedHosts: [],
      zmq: undefined,
      credentials: undefined,
      chat: undefined,
      chatMode: 'login',
      chatRecording: 'on',
      logLevel: 'info',
      tlsCert: undefined,
      tlsKey: undefined,
      tlsClientCa: undefined,
      tlsClientCrl: undefined,
      tlsClientLogin: 'factor',
      httpTls: 'auto',
      chatTls: 'off',
      credentialsTls: 'off',
      records: undefined,
      recordsTls: 'server',
      maxMessageBytes: 262_144,
      maxMessages: 1000,
      maxBodyBytes: 1_048_576,
      maxJsonDepth: 32,
      maxQueueBytes: 33_554_432,
      maxReceivingBytes: 67_108_864,
      maxConnections: 10_000,
      maxSessionsPerUser: 1000,
      maxEndpointsPerUser: 1000,
      handshakeRate: 600,
      registrationRate: 60,
      maxUsers: 1_000_000,
      loginRate: 120,
      wrongPasswords: 5,
      feedBuffer: 8_388_608,
      maxSubscriptions: 10_000,
      maxSubscriptionsPerUser: 100,
      chatRate: 50,
      chatIdleTimeout: 3600,
      recordsIdleTimeout: 600,
      headersTimeout: 10,
      requestTimeout: 30,
      idleTimeout: 60,
      dumpLockTimeout: 5000,
      segmentBytes: 1_073_741_824,
      segmentAge: 0,
      segmentCompression: 'none',
      retentionAge: 0,
      retentionBytes: 0,
      freeSpaceReserve: 67_108_864,
      maxProducersPerUser: 1000,
      producerIdle: 7_776_000,
      metricsToken: undefined,
      masterKey: undefined,
      adminPassword: undefined,
      zmqCurveKey: undefined,
      pepper: undefined,
    });
  });

  test('has a flag and a variable that no other has, and the one follows from the other', () => {
    const flags = SETTING_NAMES.map(flagOf);
    const variables = SETTING_NAMES.map((name) => SETTINGS[name].env);
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(variables).size).toBe(variables.length);
    for (const name of SETTING_NAMES) {
      const flag = `--${SETTINGS[name].env.replace('GATHERD_', '').toLowerCase().replaceAll('_', '-')}`;
      expect(flagOf(name)).toBe(isSecret(name) ? `${flag}-file` : flag);
    }
  });

  test.each(SETTING_NAMES.filter((name) => !isSecret(name)))('%s is refused by name and value', (name) => {
    const definition: SettingDefinition<unknown> = SETTINGS[name];
    if (['allowedHosts', 'tlsCert', 'tlsKey', 'tlsClientCa', 'tlsClientCrl'].includes(name)) return;
    const isFree = ['host', 'dataDir'].includes(name);
    const bad = name === 'trustProxy' ? '10.0.0.0/99' : isFree ? '' : 'nonsense';
    expect(problemsOf({}, { [definition.env]: bad })).toEqual([
      expect.stringMatching(new RegExp(`^${definition.env}: must .+ \\(it is '${bad}'\\)$`)),
    ]);
    expect(problemsOf({ [name]: bad })).toEqual([expect.stringMatching(`^${flagOf(name)}: must `)]);
  });
});

test('every problem is reported at once and by name', () => {
  const problems = problemsOf(
    { port: '70000', dumpFormat: 'xml' },
    { GATHERD_TOKEN_TTL: '0', GATHERD_MAX_BODY_BYTES: '1TiB', GATHERD_PEPPER: 'short' },
    join(folder, 'nowhere'),
  );
  expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
    '--config',
    '--dump-format',
    '--port',
    'GATHERD_MAX_BODY_BYTES',
    'GATHERD_PEPPER',
    'GATHERD_TOKEN_TTL',
  ]);
});

describe('settings that do not go together', () => {
  test.each(['0.0.0.0', '192.0.2.1', '::', 'gather.example', '128.0.0.1'])(
    'the host %s needs --insecure-http said out loud',
    (host) => {
      expect(problemsOf({ host })).toEqual([expect.stringContaining('--insecure-http')]);
      expect(problemsOf({ host, insecureHttp: 'true' })).toEqual([]);
    },
  );

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('the host %s needs nothing', (host) => {
    expect(problemsOf({ host })).toEqual([]);
  });

  test('a message cannot be larger than a body, nor a body than the queue', () => {
    expect(problemsOf({ maxMessageBytes: '2MiB' })).toEqual([
      expect.stringContaining('GATHERD_MAX_MESSAGE_BYTES'),
    ]);
    expect(problemsOf({ maxBodyBytes: '64MiB' })).toEqual([
      expect.stringContaining('GATHERD_MAX_BODY_BYTES'),
    ]);
    expect(problemsOf({ maxReceivingBytes: '512KiB' })).toEqual([
      'GATHERD_MAX_BODY_BYTES: must not be larger than GATHERD_MAX_RECEIVING_BYTES',
    ]);
  });

  const TLS = { chatTls: 'server', tlsCert: 'cert.pem', tlsKey: 'key.pem' } as const;

  test.each(['0.0.0.0:1', '[::]:1', '192.0.2.1:1'])('the chat at %s needs TLS, and a login', (chat) => {
    const host = chat.replace(/:1$/, '').replace(/[[\]]/g, '');
    const exposed = `GATHERD_CHAT: '${host}' is not loopback, `;
    expect(problemsOf({ chat })).toEqual([`${exposed}which needs GATHERD_CHAT_TLS=server or mutual`]);
    expect(problemsOf({ chat, chatMode: 'login', ...TLS })).toEqual([]);
    expect(problemsOf({ chat, chatMode: 'open', ...TLS })).toEqual([
      `${exposed}and the open chat stays there`,
    ]);
  });

  test.each(['127.0.0.1:1', '[::1]:1', 'localhost:1'])('the chat at %s needs nothing', (chat) => {
    for (const chatMode of ['login', 'open']) expect(problemsOf({ chat, chatMode })).toEqual([]);
  });

  test('TLS needs a certificate and its key, and neither comes without the other', () => {
    const needs = (name: string, what: string) => [`GATHERD_${name}: needs GATHERD_${what}`];
    expect(problemsOf({ ...TLS, tlsKey: '' })).toEqual(needs('TLS_CERT', 'TLS_KEY'));
    expect(problemsOf({ ...TLS, tlsCert: '' })).toEqual(needs('TLS_KEY', 'TLS_CERT'));
    expect(problemsOf({ tlsCert: 'cert.pem' })).toEqual(needs('TLS_CERT', 'TLS_KEY'));
    expect(problemsOf({ chatTls: 'server' })).toEqual(needs('CHAT_TLS', 'TLS_CERT and GATHERD_TLS_KEY'));
  });

  const CERTIFICATE = { tlsCert: 'cert.pem', tlsKey: 'key.pem' } as const;

  test('HTTP beyond loopback needs nothing else once it has a certificate, unless it is told not to use it', () => {
    expect(problemsOf({ host: '0.0.0.0', ...CERTIFICATE })).toEqual([]);
    expect(problemsOf({ host: '0.0.0.0', ...CERTIFICATE, httpTls: 'off' })).toEqual([
      expect.stringContaining('--insecure-http'),
    ]);
    for (const [httpTls, mode] of [
      ['auto', 'server'],
      ['off', 'off'],
      ['mutual', 'mutual'],
    ] as const) {
      const { settings } = loadSettings({ ...CERTIFICATE, tlsClientCa: 'ca.pem', httpTls }, {});
      expect(httpTlsOf(settings)).toBe(mode);
    }
    expect(httpTlsOf(loadSettings({}, {}).settings)).toBe('off');
  });

  test.each(['httpTls', 'chatTls', 'credentialsTls', 'recordsTls'] as const)(
    '%s is mutual only where it is known whose clients are trusted',
    (name) => {
      const { env } = SETTINGS[name];
      expect(problemsOf({ ...CERTIFICATE, [name]: 'mutual' })).toEqual([
        `${env}: mutual needs GATHERD_TLS_CLIENT_CA`,
      ]);
      expect(problemsOf({ ...CERTIFICATE, tlsClientCa: 'ca.pem', [name]: 'mutual' })).toEqual([]);
      expect(problemsOf({ [name]: 'mutual', tlsClientCa: 'ca.pem' })).toEqual([
        `${env}: needs GATHERD_TLS_CERT and GATHERD_TLS_KEY`,
      ]);
    },
  );

  test('the credentials gateway beyond loopback is for clients with a certificate only', () => {
    const credentials = '0.0.0.0:1';
    const problem =
      "GATHERD_CREDENTIALS: '0.0.0.0' is not loopback, which needs GATHERD_CREDENTIALS_TLS=mutual";
    expect(problemsOf({ credentials })).toEqual([problem]);
    expect(problemsOf({ credentials, ...CERTIFICATE, credentialsTls: 'server' })).toEqual([problem]);
    const mutual = { ...CERTIFICATE, tlsClientCa: 'ca.pem', credentialsTls: 'mutual' };
    expect(problemsOf({ credentials, ...mutual })).toEqual([]);
  });

  test('the records gateway needs a certificate wherever it listens', () => {
    const records = '127.0.0.1:1';
    expect(problemsOf({ records })).toEqual(['GATHERD_RECORDS: needs GATHERD_TLS_CERT and GATHERD_TLS_KEY']);
    expect(problemsOf({ records, ...CERTIFICATE })).toEqual([]);
  });

  test('headers cannot take longer than the request that they are a part of', () => {
    expect(problemsOf({ headersTimeout: '20', requestTimeout: '19' })).toEqual([
      'GATHERD_HEADERS_TIMEOUT: must not be longer than GATHERD_REQUEST_TIMEOUT',
    ]);
    expect(problemsOf({ headersTimeout: '20', requestTimeout: '20' })).toEqual([]);
  });
});

test('what is shown of a setting is what an operator would write', () => {
  for (const flags of [{}, { trustProxy: '2', allowedHosts: 'a.example,b.example' }, { trustProxy: '0' }]) {
    const loaded = loadSettings(flags, {});
    const shown = JSON.parse(settingsAsJson(loaded)) as Record<string, { value: string }>;
    const written = SETTING_NAMES.filter((name) => !isSecret(name)).map(
      (name) => [SETTINGS[name].env, shown[SETTINGS[name].env]?.value ?? ''] as const,
    );
    expect(loadSettings({}, Object.fromEntries(written)).settings).toEqual(loaded.settings);
  }
});

describe('kinds of values', () => {
  test.each([
    ['65536', 65_536],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
  ])('the size %s is %i bytes', (text, bytes) => {
    expect(loadSettings({ maxMessageBytes: text }, {}).settings.maxMessageBytes).toBe(bytes);
  });

  test.each(['-1', '1.5', '1e3', '0x10', ' 1', '1 ', '１', '99999999999999999999'])(
    '%s is no number',
    (text) => {
      expect(problemsOf({ maxMessages: text })).toHaveLength(1);
    },
  );

  test.each<[string, unknown]>([
    ['off', false],
    ['0', 0],
    ['2', 2],
    ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
    ['loopback', ['loopback']],
  ])('trusted proxies can be %s', (text, proxies) => {
    expect(loadSettings({ trustProxy: text }, {}).settings.trustProxy).toEqual(proxies);
  });

  test.each(['true', 'on', '10.0.0.0/33', 'example.com', ''])('trusted proxies cannot be %j', (text) => {
    expect(problemsOf({ trustProxy: text })).toHaveLength(1);
  });

  test('a list has no empty words', () => {
    const { allowedHosts } = loadSettings({ allowedHosts: ' a.example ,, b.example,' }, {}).settings;
    expect(allowedHosts).toEqual(['a.example', 'b.example']);
  });
});

describe('a secret', () => {
  test('comes from the environment, or from the file that is named there or by the flag', () => {
    const path = fileWith(`${PEPPER}\n`);
    for (const { settings } of [
      loadSettings({}, { GATHERD_PEPPER: PEPPER }),
      loadSettings({}, { GATHERD_PEPPER_FILE: path }),
      loadSettings({ pepper: path }, {}),
    ]) {
      expect(settings.pepper?.reveal()).toBe(PEPPER);
    }
  });

  test('is shown nowhere', () => {
    const loaded = loadSettings({}, { GATHERD_PEPPER: PEPPER });
    const shown = [
      showSettings(loaded),
      settingsAsJson(loaded),
      JSON.stringify(loaded),
      String(loaded.settings.pepper),
      inspect(loaded, { depth: 9, showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toContain(PEPPER);
    expect(showSettings(loaded)).toMatch(/GATHERD_PEPPER +\(hidden\) +\(environment\)/);
  });

  test('that is too short is refused without being shown', () => {
    const [problem] = problemsOf({}, { GATHERD_PEPPER: 'tooshort' });
    expect(problem).toBe('GATHERD_PEPPER: must have at least 16 characters');
  });

  test('whose file cannot be read is a problem with the file’s name', () => {
    const path = join(folder, 'nowhere');
    expect(problemsOf({}, { GATHERD_PEPPER_FILE: path })).toEqual([
      `GATHERD_PEPPER_FILE: cannot read ${path} (ENOENT)`,
    ]);
    expect(problemsOf({ pepper: path })).toEqual([`--pepper-file: cannot read ${path} (ENOENT)`]);
  });
});

test('variables that look like settings and are none are told', () => {
  const env = { GATHERD_DATADIR: 'x', GATHERD_PEPPER_FILE: fileWith(PEPPER), GATHERD_CONFIG: 'x', HOME: '/' };
  writeFileSync(join(folder, 'settings'), 'GATHERD_PROT=1\n# GATHERD_COMMENT=1\n');
  const { unknownVariables } = loadSettings({}, env, join(folder, 'settings'));
  expect(unknownVariables).toEqual(['GATHERD_DATADIR', 'GATHERD_PROT']);
});

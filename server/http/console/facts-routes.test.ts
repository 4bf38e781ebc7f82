import request, { type Response } from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConsoleFacts, SettingView } from '../../../protocol/console.js';
import { isSecret, SETTING_NAMES, SETTINGS } from '../../config/settings.js';
import { InProcessGatherd, VERSION } from '../../tests/support/in-process-gatherd.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const SECRET = 'only-for-prometheus';

let gatherd: InProcessGatherd;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start({
    GATHERD_ENROLLMENT: 'invite',
    GATHERD_PASSWORD_MIN_LENGTH: '9',
    GATHERD_CHAT_RECORDING: 'on',
    GATHERD_METRICS_TOKEN: SECRET,
  });
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

async function settingsFor(role: 'admin' | 'moderator'): Promise<Response> {
  const operator = { endpoint: 'local', door: 'operator' } as const;
  await gatherd.services.registrations.create(operator, { username: role, password: PASSWORD, role });
  const { body } = (await request(gatherd.url('front'))
    .post('/v1/sessions')
    .send({ username: role, password: PASSWORD })) as { body: { token: string } };
  return request(gatherd.url('front')).get('/v1/settings').set('Authorization', `Bearer ${body.token}`);
}

test('anybody learns what a login page has to know', async () => {
  const before = Date.now();
  const answer = await request(gatherd.url('front')).get('/v1/console');
  expect(answer.headers['cache-control']).toBe('no-store');
  const { now, ...facts } = answer.body as ConsoleFacts;
  expect(Date.parse(now)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(now)).toBeLessThanOrEqual(Date.now());
  expect(facts).toEqual({
    version: VERSION,
    enrollment: 'invite',
    min_password_length: 9,
    is_chat_recorded: true,
  });
  expect((await request(gatherd.url('front')).post('/v1/console')).status).toBe(405);
});

test('an administrator reads every setting with its origin, and no secret', async () => {
  const answer = await settingsFor('admin');
  const { settings } = answer.body as { settings: readonly SettingView[] };
  expect(settings.map(({ name }) => name)).toEqual(SETTING_NAMES.map((name) => SETTINGS[name].env));
  const of = (wanted: string) => settings.find(({ name }) => name === wanted);
  expect(of('GATHERD_ENROLLMENT')).toEqual({
    name: 'GATHERD_ENROLLMENT',
    value: 'invite',
    origin: 'environment',
    is_secret: false,
    summary: SETTINGS.enrollment.help,
  });
  expect(of('GATHERD_DATA_DIR')).toMatchObject({ value: gatherd.dataDir, origin: 'flag' });
  expect(of('GATHERD_PORT')).toMatchObject({ value: '6174', origin: 'default' });
  expect(of('GATHERD_METRICS_TOKEN')).toMatchObject({ value: '(hidden)', is_secret: true });
  expect(of('GATHERD_MASTER_KEY')).toMatchObject({ value: '(none)', is_secret: true });
  expect(settings.filter((each) => each.is_secret).length).toBe(SETTING_NAMES.filter(isSecret).length);
  expect(answer.text).not.toContain(SECRET);
  expect((await request(gatherd.url('front')).get('/v1/settings')).status).toBe(401);
  expect(await settingsFor('moderator')).toMatchObject({ status: 403, body: { code: 'permission.missing' } });
});

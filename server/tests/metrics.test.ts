import { stat } from 'node:fs/promises';
import request from 'supertest';
import { expect, test } from 'vitest';
import { InProcessGatherd } from './support/in-process-gatherd.js';

async function valuesOf(gatherd: InProcessGatherd): Promise<ReadonlyMap<string, number>> {
  const { text } = await request(gatherd.url('front')).get('/metrics').expect(200);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.replace(/ [^ ]*$/, ''), Number(line.replace(/^.* /, ''))]));
}

async function login(gatherd: InProcessGatherd, username: string): Promise<string> {
  const url = gatherd.url('front');
  await request(url).post('/identify').send({ message_type: 'IDENTIFY', username }).expect(201);
  const reply = await request(url)
    .post('/authenticate')
    .send({ message_type: 'AUTHENTICATE', username, password: 'pass' })
    .expect(201);
  return (reply.body as { token: string }).token;
}

test('what the server does is counted, and stands beside what it has', async () => {
  await using gatherd = await InProcessGatherd.start();
  const url = gatherd.url('front');
  const token = await login(gatherd, 'dale');
  const sent = { message_type: 'MESSAGE', token, message: ['one', 'two'] };
  await request(url).post('/message').send(sent).expect(201);
  await request(url)
    .post('/message')
    .send({ ...sent, token: 'forged' })
    .expect(401);
  const values = await valuesOf(gatherd);
  expect(Object.fromEntries(values)).toMatchObject({
    gatherd_messages_total: 2,
    gatherd_message_bytes_total: '"one""two"'.length,
    'gatherd_http_requests_total{method="POST",route="/message",status="201"}': 1,
    'gatherd_http_requests_total{method="POST",route="/message",status="401"}': 1,
    'gatherd_refusals_total{code="token.invalid"}': 1,
    gatherd_commit_records_sum: 2,
    gatherd_sessions: 1,
    gatherd_queue_bytes: 0,
    gatherd_receiving_bytes: 0,
    gatherd_producers: 0,
    gatherd_dump_segments: 1,
    gatherd_dump_bytes: (await stat(gatherd.file('dump.ndjson'))).size,
    gatherd_dump_written_bytes_total: (await stat(gatherd.file('dump.ndjson'))).size,
  });
  expect(values.get('gatherd_disk_free_bytes')).toBeGreaterThan(0);
});

test('nothing that a sender chooses becomes a label', async () => {
  await using gatherd = await InProcessGatherd.start();
  const url = gatherd.url('front');
  await login(gatherd, 'mallory');
  for (let count = 0; count < 20; count += 1) {
    await request(url)
      .get(`/secret-${String(count)}?mallory=1`)
      .expect(404);
    await request(url)
      .post('/identify')
      .send({ message_type: 'IDENTIFY', username: `mallory${String(count)}` });
  }
  const names = [...(await valuesOf(gatherd)).keys()];
  expect(names.filter((name) => /secret|mallory/.test(name))).toEqual([]);
  expect(names).toContain('gatherd_http_requests_total{method="other",route="other",status="404"}');
});

test('an operator who sets a token needs it, from this machine too', async () => {
  await using gatherd = await InProcessGatherd.start({ GATHERD_METRICS_TOKEN: 'correct horse battery' });
  const url = gatherd.url('front');
  await request(url).get('/metrics').expect(401);
  await request(url).get('/metrics').set('Authorization', 'Bearer wrong').expect(401);
  await request(url).get('/metrics').set('Authorization', 'Bearer correct horse battery').expect(200);
});

test('bulk messages are counted with their duplicates, and their answers are described', async () => {
  await using gatherd = await InProcessGatherd.start();
  const token = await login(gatherd, 'dale');
  const send = (headers: Record<string, string>, body: string) =>
    request(gatherd.url('front'))
      .post('/v1/messages')
      .set({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson', ...headers })
      .send(body);
  const numbered = { 'Gather-Producer': '0b2c7f2e-5f0c-4a1e-9b4e-3c0d6e1f2a3b', 'Gather-Sequence': '1' };
  await send(numbered, '{"message":1}\n{"message":2}\n').expect(200);
  await send(numbered, '{"message":1}\n{"message":2}\n{"message":3}\n').expect(200);
  await send({ ...numbered, 'Gather-Sequence': '9' }, '{"message":9}\n').expect(409);
  await send({ ...numbered, 'Gather-Sequence': '0' }, '{"message":9}\n').expect(400);
  await send({}, '{"message":1}\n{"massage":2}\n').expect(400);
  await send({ Accept: 'application/x-ndjson' }, '{"message":4}\n').expect(200);
  await send({ Authorization: 'Bearer forged' }, '').expect(401);
  await send({ Authorization: '' }, '').expect(401);
  await send({ 'Content-Type': 'image/png' }, 'x').expect(415);
  await send({ 'Content-Encoding': 'gzip' }, 'x').expect(400);
  await send({ 'Content-Type': 'application/json' }, '[{"message":1},{}]').expect(400);
  await send({ 'Content-Type': 'application/json' }, '{').expect(400);
  expect(Object.fromEntries(await valuesOf(gatherd))).toMatchObject({
    gatherd_duplicate_messages_total: 2,
    gatherd_messages_total: 5,
    gatherd_producers: 1,
    'gatherd_refusals_total{code="producer.gap"}': 1,
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Metrics } from './metrics.js';
import { OTHER_ROUTE } from './request-recorder.js';

async function linesOf(metrics: Metrics): Promise<string[]> {
  return (await metrics.text()).split('\n');
}

test('what is recorded is shown, each under its labels', async () => {
  using metrics = new Metrics();
  metrics.onRequest('POST /message', 201, 0.002);
  metrics.onRequest('POST /message', 201, 0.02);
  metrics.onRequest(OTHER_ROUTE, 404, 0.001);
  metrics.onRefusal('token.invalid');
  metrics.onMessages({ count: 3, bytes: 120, duplicates: 2 });
  metrics.onCommit({ records: 3, bytes: 400, ms: 4 });
  expect(await linesOf(metrics)).toEqual(
    expect.arrayContaining([
      'gatherd_http_requests_total{method="POST",route="/message",status="201"} 2',
      'gatherd_http_requests_total{method="other",route="other",status="404"} 1',
      'gatherd_http_request_duration_seconds_bucket{le="0.0025",method="POST",route="/message"} 1',
      'gatherd_http_request_duration_seconds_count{method="POST",route="/message"} 2',
      'gatherd_refusals_total{code="token.invalid"} 1',
      'gatherd_refusals_total{code="dump.disk_full"} 0',
      'gatherd_messages_total 3',
      'gatherd_message_bytes_total 120',
      'gatherd_duplicate_messages_total 2',
      'gatherd_commit_duration_seconds_bucket{le="0.005"} 1',
      'gatherd_commit_duration_seconds_bucket{le="0.0025"} 0',
      'gatherd_commit_records_sum 3',
      'gatherd_dump_written_bytes_total 400',
    ]),
  );
});

test('a second look shows the same counts, and no count twice', async () => {
  using metrics = new Metrics();
  metrics.onRequest('GET /healthz', 200, 0.001);
  await metrics.text();
  const requests = (await linesOf(metrics)).filter((line) => line.startsWith('gatherd_http_requests_total'));
  expect(requests).toEqual(['gatherd_http_requests_total{method="GET",route="/healthz",status="200"} 1']);
});

test('a gauge is read when somebody looks; one that cannot be read is left out, and hides no other', async () => {
  using metrics = new Metrics();
  let queued = 5;
  metrics.watch({
    queueBytes: () => queued,
    freeBytes: () => Promise.reject(new Error('the disk is gone')),
    sessions: () => Promise.resolve(2),
  });
  expect(await linesOf(metrics)).toEqual(
    expect.arrayContaining(['gatherd_queue_bytes 5', 'gatherd_sessions 2']),
  );
  queued = 0;
  const lines = await linesOf(metrics);
  expect(lines).toContain('gatherd_queue_bytes 0');
  expect(lines.filter((line) => /^gatherd_(?:disk_free|dump)_bytes /.test(line))).toEqual([]);
});

test('the process is shown: memory, processor time, and how late the event loop is', async () => {
  using metrics = new Metrics();
  const text = await metrics.text();
  for (const name of [
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_heap_size_used_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_eventloop_lag_max_seconds',
  ])
    expect(Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]), name).toBeGreaterThanOrEqual(0);
});

test('two of them count apart', async () => {
  using one = new Metrics();
  using other = new Metrics();
  one.onMessages({ count: 1, bytes: 1, duplicates: 0 });
  expect(await linesOf(other)).toContain('gatherd_messages_total 0');
});

test('every name has its unit, and every counter its _total', async () => {
  using metrics = new Metrics();
  metrics.watch({ connections: () => 1 });
  const types = [...(await metrics.text()).matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  expect(types.length).toBeGreaterThan(20);
  for (const [, name = '', type] of types) {
    expect(name).toMatch(/^(?:gatherd|process|nodejs)_[a-z0-9_]+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
  }
});

test('whatever is recorded, all of it is counted', async () => {
  const requests = fc.array(
    fc.record({
      route: fc.constantFrom('GET /a', 'POST /a', 'other'),
      status: fc.constantFrom(0, 200, 503),
      seconds: fc.double({ min: 0, max: 100, noNaN: true }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(requests, async (all) => {
      using metrics = new Metrics();
      for (const { route, status, seconds } of all) metrics.onRequest(route, status, seconds);
      const text = await metrics.text();
      const sumOf = (name: string) =>
        [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce(
          (sum, [, n]) => sum + Number(n),
          0,
        );
      expect(sumOf('gatherd_http_requests_total')).toBe(all.length);
      expect(sumOf('gatherd_http_request_duration_seconds_count')).toBe(all.length);
    }),
    { numRuns: 30 },
  );
});

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createGatewayDropLog } from './drop-logs.js';

test('of what a gateway drops the log says the gateway, which limit, and the address', () => {
  const lines: unknown[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const note = createGatewayDropLog(logger, 'chat', { most: 1000, mostOfAddress: 500 });
  note('address', '192.0.2.1');
  note('address', '192.0.2.1');
  note('all', '192.0.2.2');
  expect(lines).toEqual([
    expect.objectContaining({
      gateway: 'chat',
      of: 'address',
      limit: 500,
      endpoint: '192.0.2.1',
      dropped: 1,
    }),
    expect.objectContaining({ gateway: 'chat', of: 'all', limit: 1000, endpoint: '192.0.2.2', dropped: 1 }),
  ]);
});

import { expect, test } from 'vitest';
import { clientName } from './client-name.js';

const MOZILLA = 'Mozilla/5.0';
const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0';

test.each([
  [`${MOZILLA} (X11; Linux x86_64) ${CHROME} Safari/537.36`, 'Chrome 140 on Linux'],
  [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 Edg/141.0.0.0`, 'Edge 141 on Windows'],
  [`${MOZILLA} (Linux; Android 10; K) ${CHROME} Mobile Safari/537.36`, 'Chrome 140 on Android'],
  [
    `${MOZILLA} (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0`,
    'Firefox 144 on macOS',
  ],
  [
    `${MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1`,
    'Safari 18 on iOS',
  ],
  ['gather/1.0.0', 'gather/1.0.0'],
  ['curl/8.14.1', 'curl/8.14.1'],
  [`${MOZILLA} (compatible; something else)`, `${MOZILLA} (compatible; something else)`],
  ['', 'not said'],
])('%s', (client, name) => {
  expect(clientName(client)).toBe(name);
});

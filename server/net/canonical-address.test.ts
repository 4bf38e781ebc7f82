import { expect, test } from 'vitest';
import { canonicalAddress } from './canonical-address.js';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['::1', '::1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
])('the canonical form of %s is %s', (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical);
});

test.each([undefined, '', 'junk', '1.2.3.4:5678', '999.1.1.1', '010.1.1.1', '1'])(
  'what is no address (%s) is replaced, in canonical form too',
  (address) => {
    expect(canonicalAddress(address, '::ffff:192.0.2.1')).toBe('192.0.2.1');
  },
);

test('what is no address stays as it is without another', () => {
  expect(canonicalAddress('junk')).toBe('junk');
  expect(canonicalAddress(undefined)).toBe('');
});

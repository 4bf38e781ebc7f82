import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HERE, ServicesRig } from '../../tests/support/services-rig.js';
import type { Caller } from '../sessions/session-service.js';
import { FeedTickets } from './feed-tickets.js';

let rig: ServicesRig;
let annie: Caller;
let now = 0;

beforeAll(async () => {
  rig = await ServicesRig.open();
  annie = await rig.member('annie');
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

function newTickets() {
  return new FeedTickets({ ...rig.services, now: () => now, random: randomBytes });
}

const INVALID = expect.objectContaining({ code: 'ticket.invalid' }) as unknown;

test('a ticket is good once', () => {
  const tickets = newTickets();
  const { ticket, expires_in } = tickets.issue(annie);
  expect(ticket).toMatch(/^[\w-]{43}$/);
  expect(expires_in).toBe(30);
  expect(tickets.redeem(ticket, HERE)).toBe(annie);
  expect(() => tickets.redeem(ticket, HERE)).toThrow(INVALID);
});

test('a ticket is good for half a minute', () => {
  const tickets = newTickets();
  const [first, second] = [tickets.issue(annie), tickets.issue(annie)];
  now += 29_999;
  expect(tickets.redeem(first.ticket, HERE)).toBe(annie);
  now += 1;
  expect(() => tickets.redeem(second.ticket, HERE)).toThrow(INVALID);
});

test('a ticket is good at the address that asked for it, and for nothing once it was shown elsewhere', () => {
  const tickets = newTickets();
  const { ticket } = tickets.issue(annie);
  expect(() => tickets.redeem(ticket, '198.51.100.1')).toThrow(INVALID);
  expect(() => tickets.redeem(ticket, HERE)).toThrow(INVALID);
});

test('the oldest tickets of one user go where there are many, and nobody else’s', async () => {
  const tickets = newTickets();
  const bob = await rig.member('bob');
  const others = tickets.issue(bob);
  const first = tickets.issue(annie);
  const second = tickets.issue(annie);
  for (let more = 0; more < 99; more += 1) tickets.issue(annie);
  expect(() => tickets.redeem(first.ticket, HERE)).toThrow(INVALID);
  expect(tickets.redeem(second.ticket, HERE)).toBe(annie);
  expect(tickets.redeem(others.ticket, HERE)).toBe(bob);
});

test('a ticket ends with its session', async () => {
  const tickets = newTickets();
  const caller = await rig.login('annie');
  const { ticket } = tickets.issue(caller);
  await rig.services.logins.logout(caller);
  expect(() => tickets.redeem(ticket, HERE)).toThrow(expect.objectContaining({ code: 'session.invalid' }));
});

test('who may neither follow nor chat gets none', async () => {
  const nobody = await rig.member('nobody-much', { permissions: ['messages:write'] });
  const missing: unknown = expect.objectContaining({ code: 'permission.missing' });
  expect(() => newTickets().issue(nobody)).toThrow(missing);
});

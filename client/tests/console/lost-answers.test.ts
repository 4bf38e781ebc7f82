import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithConsole } from '../support/console-rig.js';
import { type Ending, type LosingProxy, startLosingProxy } from '../support/losing-proxy.js';

const ENDINGS: readonly Ending[] = ['end', 'reset'];

// A browser sends a request again by itself whose connection, used before, closes without an answer.
describeWithConsole(
  'where answers are lost on the way, the console',
  { env: { GATHERD_ENROLLMENT: 'invite' } },
  (rig) => {
    let proxy: LosingProxy;
    beforeAll(async () => {
      proxy = await startLosingProxy(rig.gatherd.port);
    });
    afterAll(async () => {
      await proxy[Symbol.asyncDispose]();
    });

    const opened = (path: string) => rig.logIn('admin', path, { by: proxy.url });

    test.each(ENDINGS)('stores a message once; the connection: %s', async (ending) => {
      const { page } = await opened('/messages');
      const message = `once, ${ending}`;
      await send(page, 'before');
      await page.getByRole('status').filter({ hasText: 'Stored as number' }).waitFor();
      proxy.loseNext('POST /v1/messages', ending);
      await send(page, message);
      await page.getByText('It was stored already, and is there once.').waitFor();
      expect(proxy.passed).toBe(2);
      expect(await stored(`contains=${encodeURIComponent(message)}`)).toBe(1);
    });

    test('stores a message once that somebody sends again who does not know what became of it', async () => {
      const { page } = await opened('/messages');
      await send(page, 'before');
      await page.getByRole('status').filter({ hasText: 'Stored as number' }).waitFor();
      // Passed on and stored, but the page is told of no answer.
      await page.route('**/v1/messages', async (route) => {
        if (route.request().method() === 'POST') {
          await route.fetch();
          await route.abort();
        } else await route.continue();
      });
      await send(page, 'in doubt');
      await page.getByText('It may have been stored.').waitFor();
      await page.unroute('**/v1/messages');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText('It was stored already, and is there once.').waitFor();
      expect(await page.getByLabel('Message to send').inputValue()).toBe('');
      expect(await stored('contains=in+doubt')).toBe(1);
      await send(page, 'in doubt');
      await page.getByRole('status').filter({ hasText: 'Stored as number' }).waitFor();
      expect(await stored('contains=in+doubt')).toBe(2);
    });

    test('says a line of the chat once', async () => {
      const { page } = await opened('/chat');
      const line = 'said once';
      proxy.loseNext('POST /v1/chat', 'end');
      await page.getByLabel('Message', { exact: true }).fill(line);
      await page.keyboard.press('Enter');
      await page.getByRole('region', { name: 'What was said' }).getByText(line).first().waitFor();
      await page.getByRole('list', { name: 'Not sent yet' }).waitFor({ state: 'detached' });
      await expect.poll(() => proxy.passed).toBe(2);
      expect(await stored(`topic=chat&contains=${encodeURIComponent(line)}`)).toBe(1);
    });

    test('makes an invite once, and shows its code', async () => {
      const { page } = await opened('/invites');
      await page.getByText('There is no invite').waitFor();
      proxy.loseNext('POST /v1/invites', 'end');
      await page.getByRole('button', { name: 'Create an invite' }).click();
      await page.getByRole('status').filter({ hasText: 'The code of the invite' }).waitFor();
      expect(proxy.passed).toBe(2);
      const { invites } = (await rig.ask('GET', '/v1/invites')) as { invites: object[] };
      expect(invites).toHaveLength(1);
    });

    test('makes a user once, and shows the one-time password, which is good', async () => {
      const { page } = await opened('/users/~new');
      await page.getByLabel('User name').fill('dale');
      // Answered, so there is a connection that was used before.
      await page.getByText('Those of the role user').waitFor();
      proxy.loseNext('POST /v1/users', 'reset');
      await page.getByRole('button', { name: 'Create the user' }).click();
      const secret = page.getByRole('status').filter({ hasText: 'The one-time password of dale' });
      const password = await secret.locator('pre').innerText();
      expect(proxy.passed).toBe(2);
      expect(await rig.tokenOf('dale', password)).toMatch(/^gds_/);
    });

    async function stored(query: string): Promise<number> {
      const { messages } = (await rig.ask('GET', `/v1/messages?limit=50&${query}`)) as { messages: object[] };
      return messages.length;
    }
  },
);

async function send(page: Page, message: string): Promise<void> {
  await page.getByLabel('Message to send').fill(message);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConsoleRig, describeInBrowser } from '../support/console-rig.js';

describeInBrowser('the rig of these tests', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatherd-rig-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  async function misbehave(page: Page): Promise<void> {
    await page.evaluate(`console.error('logged')`);
    await page.evaluate(`alert('asked')`);
    await page.evaluate(`void setTimeout(() => { throw new Error('thrown') })`);
    await page.evaluate(
      `document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.2/x.png' }))`,
    );
  }

  test('hears of what goes wrong in each page, whoever has opened it', async () => {
    await using rig = new ConsoleRig();
    await rig.start();
    const { page, context } = await rig.open();
    const another = await context.newPage();
    await another.goto(page.url());
    const [opened] = await Promise.all([context.nextPage(), another.evaluate(`void open(location.href)`)]);
    await opened.waitForLoadState();
    for (const each of [page, another, opened]) {
      const before = rig.problems.length;
      await misbehave(each);
      await expect
        .poll(() =>
          rig.problems
            .slice(before)
            .map((text) => text.split(' ', 2).join(' '))
            .sort(),
        )
        .toEqual(
          expect.arrayContaining(['dialog: asked', 'logged: logged', 'policy: img-src', 'thrown: thrown']),
        );
    }
  });

  test('leaves nothing behind where the server does not start', async () => {
    vi.stubEnv('TMPDIR', folder);
    const env = { GATHERD_ENROLLMENT: 'nobody' };
    await expect(new ConsoleRig({ env }).start()).rejects.toThrow('GATHERD_ENROLLMENT');
    expect(await readdir(folder)).toEqual([]);
  });
});

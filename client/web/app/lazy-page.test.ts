import { expect, test } from 'vitest';
import { LazyPage } from './lazy-page.js';

const Content = () => null;

test('a page that did not come is asked for again, and one that came is not', async () => {
  const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve(Content)];
  let asked = 0;
  const page = new LazyPage(async () => {
    const answer = answers[asked];
    asked += 1;
    if (answer === undefined) throw new Error('asked too often');
    return await answer();
  });
  expect(page.state.get()).toEqual({ kind: 'waiting' });
  await page.load();
  expect(page.state.get()).toMatchObject({ kind: 'failed', error: { message: 'away' } });
  await Promise.all([page.load(), page.load()]);
  expect(page.state.get()).toEqual({ kind: 'loaded', content: Content });
  await page.load();
  expect(asked).toBe(2);
});

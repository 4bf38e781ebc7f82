import { expect, test } from 'vitest';
import { watchOtherTabs } from './other-tabs.js';

/** A tab, as far as its window is looked at. */
function openTab() {
  const tab = new EventTarget() as EventTarget & Pick<Window, 'addEventListener'>;
  const doubts: string[] = [];
  const others = watchOtherTabs(tab, () => {
    doubts.push('doubt');
  });
  return { tab, doubts, others };
}

function shown(persisted: boolean): Event {
  return Object.assign(new Event('pageshow'), { persisted });
}

test('tells all other tabs, and not itself', async () => {
  using one = openTab().others;
  const [second, third] = [openTab(), openTab()];
  using _second = second.others;
  using _third = third.others;
  one.tell();
  await expect.poll(() => [second.doubts, third.doubts]).toEqual([['doubt'], ['doubt']]);
  second.others.tell();
  await expect.poll(() => third.doubts).toEqual(['doubt', 'doubt']);
  expect(second.doubts).toEqual(['doubt']);
});

test('is in doubt when it is looked at again, and when it comes out of the memory of pages', () => {
  const { tab, doubts, others } = openTab();
  using _ = others;
  tab.dispatchEvent(new Event('focus'));
  expect(doubts).toHaveLength(1);
  tab.dispatchEvent(shown(false));
  expect(doubts).toHaveLength(1);
  tab.dispatchEvent(shown(true));
  expect(doubts).toHaveLength(2);
});

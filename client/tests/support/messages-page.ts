import type { Locator, Page } from 'playwright-core';
import type { ConsoleRig } from './console-rig.js';

/** The list of messages. */
export function grid(page: Page): Locator {
  return page.getByRole('grid', { name: 'Messages' });
}

/** The row of the message with this text. */
export function rowOf(page: Page, text: string): Locator {
  return grid(page).getByRole('row').filter({ hasText: text });
}

/** Waits until the page is told of messages as soon as they are stored. */
export async function live(page: Page): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor();
}

/** Sends by the page, and answers the number that it got. */
export async function sendByPage(page: Page, text: string, topic = ''): Promise<void> {
  await page.getByLabel('Message to send').fill(text);
  await page.getByLabel('Its topic').fill(topic);
  await page.getByLabel('Message to send').press('Control+Enter');
}

/** Stores messages by the API, as the administrator. */
export async function store(rig: ConsoleRig, messages: readonly unknown[], topic?: string): Promise<void> {
  const items = messages.map((message) => ({ message, ...(topic === undefined ? {} : { topic }) }));
  await rig.ask('POST', '/v1/messages', items);
}

/** The numbers of the messages in sight, from the top. */
export async function numbersInSight(page: Page): Promise<readonly number[]> {
  const texts = await grid(page).getByRole('row').locator('[role=gridcell]:first-child').allInnerTexts();
  return texts.map(Number).filter((number) => number > 0);
}

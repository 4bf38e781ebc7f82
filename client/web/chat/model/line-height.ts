import { messageText } from '../../../../protocol/stored-messages.js';
import type { ChatLine } from './chat-line.js';

/** So much of a text is shown before all of it is asked for. */
export const SHOWN_CHARACTERS = 1_500;

// As conversation.module.css has it: a line of text, what is around it, and what stands beside it.
const TEXT_LINE_PX = 20.3;
const AROUND_PX = 6;
const ASIDE_PX = 23;
const BESIDE_PX = 231;
const CHARACTER_PX = 7;
// Below this the text stands under the name.
const NARROW_PX = 500;

/** How high a line of the chat will probably be, in pixels. @param width - of the chat, in pixels */
export function likelyHeight(line: ChatLine | undefined, width: number): number {
  if (line?.kind !== 'message') return ASIDE_PX;
  const isNarrow = width < NARROW_PX;
  const perLine = Math.max(1, Math.floor((isNarrow ? width : width - BESIDE_PX) / CHARACTER_PX));
  const texts = messageText(line.message.message).slice(0, SHOWN_CHARACTERS).split('\n');
  const count = texts.reduce((sum, text) => sum + Math.max(1, Math.ceil(text.length / perLine)), 0);
  return Math.round(AROUND_PX + TEXT_LINE_PX * (count + (isNarrow ? 1 : 0)));
}

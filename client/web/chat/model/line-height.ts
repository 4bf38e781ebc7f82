import { messageText } from '../../../../protocol/stored-messages.js';
import type { ChatLine } from './chat-line.js';

/** So much of a text is shown before all of it is asked for. */
export const SHOWN_CHARACTERS = 1_500;

/** What the lines of the chat have. */
export interface LineRoom {
  /** In pixels. */
  readonly width: number;
  /** Whether a text stands under the name of who said it, not beside it. */
  readonly isStacked: boolean;
}

// As conversation.module.css has it: a line of text, what is around it, and what stands beside it.
const TEXT_LINE_PX = 20.3;
const AROUND_PX = 6;
const ASIDE_PX = 23;
const BESIDE_PX = 231;
const CHARACTER_PX = 7;

/** How high a line of the chat will probably be, in pixels; nearly always just so high where nothing in it is wrapped. */
export function likelyHeight(line: ChatLine | undefined, { width, isStacked }: LineRoom): number {
  if (line?.kind !== 'message') return ASIDE_PX;
  const perLine = Math.max(1, Math.floor((isStacked ? width : width - BESIDE_PX) / CHARACTER_PX));
  const texts = messageText(line.message.message).slice(0, SHOWN_CHARACTERS).split('\n');
  const count = texts.reduce((sum, text) => sum + Math.max(1, Math.ceil(text.length / perLine)), 0);
  return Math.round(AROUND_PX + TEXT_LINE_PX * (isStacked ? count + 1 : count));
}

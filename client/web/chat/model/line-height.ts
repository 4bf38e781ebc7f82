import { messageText } from '../../../../protocol/stored-messages.js';
import { type ChatLine, isOfSameDay } from './chat-line.js';

/** So much of a text is shown before all of it is asked for. */
export const SHOWN_CHARACTERS = 1_500;

/** What the lines of the chat have. */
export interface LineRoom {
  /** In pixels; 0 where it is not known yet. */
  readonly width: number;
  /** Whether a text stands under the name of who said it, not beside it. */
  readonly isStacked: boolean;
}

// As conversation.module.css has it: a line of text, what is around it, and what stands beside and above it.
const TEXT_LINE_PX = 20.3;
const AROUND_PX = 6;
const ASIDE_PX = 23;
const BESIDE_PX = 231;
const DAY_PX = 31;
const CHARACTER_PX = 7;

/**
 * How high a line of the chat will probably be, in pixels; nearly always just so high where nothing in it is wrapped.
 *
 * @param before - the line above it; undefined where it is the first one
 */
export function likelyHeight(line: ChatLine, before: ChatLine | undefined, room: LineRoom): number {
  const day = before !== undefined && isOfSameDay(before, line) ? 0 : DAY_PX;
  if (line.kind !== 'message') return day + ASIDE_PX;
  const count = textLines(messageText(line.message.message), room) + (room.isStacked ? 1 : 0);
  return Math.round(day + AROUND_PX + TEXT_LINE_PX * count);
}

function textLines(text: string, { width, isStacked }: LineRoom): number {
  if (width === 0) return 1;
  const perLine = Math.max(1, Math.floor((isStacked ? width : width - BESIDE_PX) / CHARACTER_PX));
  const lines = text.slice(0, SHOWN_CHARACTERS).split('\n');
  return lines.reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / perLine)), 0);
}

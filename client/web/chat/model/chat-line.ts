import type { Connection, FeedMessage } from '../../../../protocol/feed.js';

/** What stands in the chat, one below the other. */
export type ChatLine = MessageLine | ComingLine | WarningLine;

/** Something that was said. */
export interface MessageLine {
  readonly kind: 'message';
  /** Of this line, and of no other. */
  readonly id: number;
  readonly at: string;
  readonly message: FeedMessage;
  /** Whether whoever looks has said it. */
  readonly isOwn: boolean;
}

/** Somebody has come or gone. */
export interface ComingLine {
  readonly kind: 'join' | 'leave';
  readonly id: number;
  readonly at: string;
  readonly connection: Connection;
}

/** Something about the chat itself that has to be known. */
export interface WarningLine {
  readonly kind: 'warning';
  readonly id: number;
  readonly at: string;
  readonly text: string;
}

/** Whether both are of the same day, where it is looked at. */
export function isOfSameDay(one: ChatLine, other: ChatLine): boolean {
  return new Date(one.at).toDateString() === new Date(other.at).toDateString();
}

/** A message's number; undefined where it is not recorded. */
export function numberOf({ seq }: FeedMessage): number | undefined {
  return typeof seq === 'number' ? seq : undefined;
}

import type { Command } from 'commander';
import { TOPIC } from '../../../protocol/message-fields.js';
import type { QueryFilter } from '../../api/messages/messages-api.js';
import { usageError } from '../cli-error.js';

/** The options that say whose messages, and which of them, are meant, as they were given. */
export interface AboutFlags {
  readonly sender?: string;
  readonly topic?: string;
  readonly contains?: string;
}

/** The options of a command that reads stored messages, as they were given. */
export interface FilterFlags extends AboutFlags {
  readonly after?: string;
  readonly before?: string;
  readonly order?: string;
}

/** Adds the options that say whose messages, and which of them, are meant. */
export function addAboutOptions(command: Command): void {
  command
    .option(
      '--sender <name>',
      'only messages of this user, by the name as it is stored; those of others need a permission',
    )
    .option('-t, --topic <topic>', 'only this topic')
    .option('--contains <text>', 'only messages with this text in them');
}

/** Adds the options that say which stored messages are meant. */
export function addFilterOptions(command: Command, defaultOrder: 'newest' | 'oldest'): void {
  command
    .option('--after <seq|time>', 'only what comes after this number or time (RFC 3339)')
    .option('--before <seq|time>', 'only what comes before this number or time');
  addAboutOptions(command);
  command.option('--order <order>', 'newest or oldest first', defaultOrder);
}

/** The part of a filter that {@link AboutFlags} ask for. Throws exit code 2 where one is malformed. */
export function aboutOf({
  sender,
  topic,
  contains,
}: AboutFlags): Pick<QueryFilter, 'user' | 'topic' | 'contains'> {
  checkTopic(topic);
  return { user: sender, topic, contains };
}

/** Throws exit code 2 where a topic is none that the server takes. */
export function checkTopic(topic: string | undefined): void {
  if (topic !== undefined && !TOPIC.test(topic))
    throw usageError('--topic: 1 to 64 letters, digits or . _ -');
}

/** The filter that the options ask for. Throws exit code 2 where one is malformed. */
export function filterOf({ after, before, order, ...about }: FilterFlags): QueryFilter {
  if (order !== 'newest' && order !== 'oldest') throw usageError('--order must be newest or oldest');
  return { after, before, ...aboutOf(about), order };
}

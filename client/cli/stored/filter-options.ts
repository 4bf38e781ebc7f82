import type { Command } from 'commander';
import type { QueryFilter } from '../../api/messages-api.js';
import { usageError } from '../cli-error.js';

/** The options of a command that reads stored messages, as they were given. */
export interface FilterFlags {
  readonly after?: string;
  readonly before?: string;
  readonly sender?: string;
  readonly topic?: string;
  readonly contains?: string;
  readonly order?: string;
}

/** Adds the options that say which stored messages are meant. */
export function addFilterOptions(command: Command, defaultOrder: 'newest' | 'oldest'): void {
  command
    .option('--after <seq|time>', 'only what comes after this number or time (RFC 3339)')
    .option('--before <seq|time>', 'only what comes before this number or time')
    .option('--sender <name>', 'only messages of this user; those of others need a permission')
    .option('-t, --topic <topic>', 'only this topic')
    .option('--contains <text>', 'only messages with this text in them')
    .option('--order <order>', 'newest or oldest first', defaultOrder);
}

/** The filter that the options ask for. Throws exit code 2 where one is malformed. */
export function filterOf({ after, before, sender, topic, contains, order }: FilterFlags): QueryFilter {
  if (order !== 'newest' && order !== 'oldest') throw usageError('--order must be newest or oldest');
  return { after, before, user: sender, topic, contains, order };
}

import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { follow, type FollowFlags } from '../follow/follow.js';
import { addSpoolOptions } from '../spool/spool-options.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

const DESCRIPTION = `Sends each line that is added to FILE as a message, as "tail -F" shows it, until it is ended. Lines go through the
spool: none is left out or repeated while the server is away, and when either side is killed and starts again.

A file is followed by its name: when it is rotated, what is left of the old one is taken, then the new one from its start. One that
is truncated is taken from its start again; what was written between the last look and its being truncated cannot be known. A file
that is not there yet is taken from its start when it comes. A line without an end waits for it, or for the file's being rotated.
CR LF counts as a line's end. A line over 256 KiB, or not in UTF-8, is not sent: it is kept in the spool's rejected.ndjson, with the
place where it stood.

Files that are rotated by name are held open until they are read, so while follow runs any number of rotations loses nothing. What
was rotated while it did not run is taken as long as it is still there under a name like FILE.1 or FILE-20260131: where only one
old file is kept, follow must not be away, nor killed while it is behind, for longer than one rotation. A file is followed by one
process for each spool: a second one is refused.`;

/** Adds `gather follow`. */
export function addFollowCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('follow')
    .summary('send each line that is added to files')
    .description(DESCRIPTION)
    .argument('<file...>', 'what to follow')
    .option(
      '--from <where>',
      'where to begin in a file that is followed for the first time: start or end',
      'end',
    )
    .option('--topic <name>', 'the topic of the messages');
  addSpoolOptions(command);
  addCommonOptions(command, {
    examples: [
      'gather follow /var/log/app.log',
      'gather follow --from start --topic web access.log error.log',
    ],
  });
  command.action((files: readonly string[], flags: FollowFlags) =>
    run(command, (context: CommandContext): Promise<CommandResult> => follow(context, files, flags)),
  );
}

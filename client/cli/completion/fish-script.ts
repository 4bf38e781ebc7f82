import type { CommandEntry, OptionEntry } from './command-tree.js';

/** A script by which fish completes a program's commands and options, with what they are. */
export function fishScript(program: string, tree: readonly CommandEntry[]): string {
  return `# Completes ${program} in fish: ${program} completion fish | source
function __${program}_at
    set -l at ''
    set -l before ''
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test -n "$before"
            set before ''
            continue
        end
        switch "$at:$word"
${tree.flatMap(stepsOf).join('\n')}
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${program} -f
${tree.flatMap((entry) => completionsOf(program, entry)).join('\n')}
`;
}

function stepsOf({ path, commands, options }: CommandEntry): string[] {
  const entering = commands.flatMap(({ name }) => [
    `            case '${path}:${name}'`,
    `                set at '${`${path} ${name}`.trim()}'`,
  ]);
  const taking = options.filter(({ value }) => value !== undefined).flatMap(({ names }) => names);
  if (taking.length === 0) return entering;
  const patterns = taking.map((name) => `'${path}:${name}'`).join(' ');
  return [...entering, `            case ${patterns}`, '                set before "$word"'];
}

function completionsOf(
  program: string,
  { path, commands, values, options, takesFiles }: CommandEntry,
): string[] {
  const here = `complete -c ${program} -n '__${program}_at "${path}"'`;
  const words = [...commands, ...values].map(
    ({ name, summary }) => `${here} -a ${name}${summary === '' ? '' : ` -d ${quoted(summary)}`}`,
  );
  const files = takesFiles ? [`${here} -F`] : [];
  return [...words, ...files, ...options.map((option) => `${here} ${optionOf(option)}`)];
}

function optionOf({ names, summary, value }: OptionEntry): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...valueOf(value), `-d ${quoted(summary)}`].join(' ');
}

function valueOf(value: OptionEntry['value']): string[] {
  if (value === undefined) return [];
  if (value === 'file') return ['-r', '-F'];
  return value === 'text' ? ['-x'] : ['-x', `-a '${value.join(' ')}'`];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

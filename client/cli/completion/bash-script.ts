import type { CommandEntry, OptionEntry } from './command-tree.js';

/** A script by which bash completes a program's commands and options. What is in quotes has no quotes of its own. */
export function bashScript(program: string, tree: readonly CommandEntry[]): string {
  return `# Completes ${program} in bash: source <(${program} completion bash)
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at='' before='' words='' files=0 i
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -n $before ]]; then
      before=''
      continue
    fi
    case "$at:\${COMP_WORDS[i]}" in
${stepsOf(tree, (path) => `at='${path}'`, 'before="${COMP_WORDS[i]}"')}
    esac
  done
  if [[ -n $before ]]; then
    case "$at:$before" in
${tree.flatMap(valuesOf).join('\n')}
    esac
  elif [[ $current == -* ]]; then
    case "$at" in
${tree.map(({ path, options }) => `      '${path}') words='${namesOf(options)}' ;;`).join('\n')}
    esac
  else
    case "$at" in
${tree.map(wordsOf).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if ((files)); then
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _${program} ${program}
`;
}

/**
 * The branches, alike in bash and zsh, that go from word to word of a command line: to a command, or over an option that
 * takes a value.
 */
export function stepsOf(
  tree: readonly CommandEntry[],
  enter: (path: string) => string,
  takeOption: string,
): string {
  return tree.flatMap((entry) => steps(entry, enter, takeOption)).join('\n');
}

function steps(
  { path, commands, options }: CommandEntry,
  enter: (path: string) => string,
  takeOption: string,
): string[] {
  const entering = commands.map(
    ({ name }) => `      '${path}:${name}') ${enter(`${path} ${name}`.trim())} ;;`,
  );
  const taking = options.filter(({ value }) => value !== undefined).flatMap(({ names }) => names);
  if (taking.length === 0) return entering;
  return [...entering, `      ${taking.map((name) => `'${path}:${name}'`).join('|')}) ${takeOption} ;;`];
}

function valuesOf({ path, options }: CommandEntry): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined || value === 'text') return [];
    const action = value === 'file' ? 'files=1' : `words='${value.join(' ')}'`;
    return [`      ${names.map((name) => `'${path}:${name}'`).join('|')}) ${action} ;;`];
  });
}

function wordsOf({ path, commands, values, takesFiles }: CommandEntry): string {
  const words = [...commands, ...values].map(({ name }) => name).join(' ');
  return `      '${path}') words='${words}'${takesFiles ? ' files=1' : ''} ;;`;
}

function namesOf(options: readonly OptionEntry[]): string {
  return options.flatMap(({ names }) => names).join(' ');
}

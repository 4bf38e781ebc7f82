import { stepsOf } from './bash-script.js';
import type { CommandEntry, OptionEntry, WordEntry } from './command-tree.js';

/** A script by which zsh completes a program's commands and options, with what they are. */
export function zshScript(program: string, tree: readonly CommandEntry[]): string {
  return `#compdef ${program}
# Completes ${program} in zsh: source <(${program} completion zsh), or as _${program} in a folder of $fpath
_${program}() {
  local at='' before='' i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    if [[ -n $before ]]; then
      before=''
      continue
    fi
    case "$at:\${words[i]}" in
${stepsOf(tree, (path) => `at='${path}'`, 'before="${words[i]}"')}
    esac
  done
  if [[ -n $before ]]; then
    case "$at:$before" in
${tree.flatMap(valuesOf).join('\n')}
    esac
  elif [[ \${words[CURRENT]} == -* ]]; then
    case "$at" in
${tree.map(({ path, options }) => `      '${path}') found=(${options.flatMap(optionWords).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o 'option' found
  else
    case "$at" in
${tree.map(wordsOf).join('\n')}
    esac
    _describe 'command' found
  fi
}
if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`;
}

function valuesOf({ path, options }: CommandEntry): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined || value === 'text') return [];
    const action = value === 'file' ? '_files' : `compadd ${value.join(' ')}`;
    return [`      ${names.map((name) => `'${path}:${name}'`).join('|')}) ${action} ;;`];
  });
}

function wordsOf({ path, commands, values, takesFiles }: CommandEntry): string {
  const words = [...commands, ...values].map(described).join(' ');
  return `      '${path}') found=(${words})${takesFiles ? '; _files' : ''} ;;`;
}

function optionWords({ names, summary }: OptionEntry): string[] {
  return names.map((name) => described({ name, summary }));
}

// The first colon ends the word; others are text.
function described({ name, summary }: WordEntry): string {
  const text = summary === '' ? name : `${name}:${summary}`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

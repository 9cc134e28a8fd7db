import { NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';

const scripts: Readonly<Record<string, string>> = {
  bash: `_neuroclaw() {
  local IFS=$'\\n'
  COMPREPLY=($(neuroclaw __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _neuroclaw neuroclaw`,
  zsh: `#compdef neuroclaw
_neuroclaw() {
  local -a found
  found=("\${(@f)$(neuroclaw __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[*]}" ]]; then compadd -a found; else _files; fi
}
compdef _neuroclaw neuroclaw`,
  fish: `complete -c neuroclaw -a '(neuroclaw __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
};

export async function run({ io }: CommandContext, [shell = '']: string[]): Promise<number> {
  const script = scripts[shell];
  if (script === undefined) {
    throw new NeuroClawError('usage.arguments', `no completion for ${shell}`, {
      expected: Object.keys(scripts).join(', '),
    });
  }
  if (io.json) io.data({ shell, script });
  else io.line(script);
  return 0;
}

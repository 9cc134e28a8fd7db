import { Option, type Command } from 'commander';
import type { Declare } from './declare.js';
import { collect } from './option-sets.js';

/** `neuroclaw skills …` */
export function declareSkills(program: Command, declare: Declare): void {
  const skills = program.command('skills').description('tools with a typed contract').exitOverride();
  declare(
    skills,
    'list',
    'every skill with its capabilities and evidence',
    'neuroclaw skills list --family mrtrix3 --evidence executed\nneuroclaw skills list --capability brain-extraction --json',
    () => import('../commands/skills-list.js'),
  )
    .option('--family <name>', 'only skills of this family')
    .option('--evidence <level>', 'only skills that are executed, command or declared')
    .option('--capability <name>', 'only skills that provide this');
  declare(
    skills,
    'show <skill>',
    'contract, parameters and advice of one skill',
    'neuroclaw skills show niimath/smooth',
    () => import('../commands/skills-show.js'),
  );
  declare(
    skills,
    'add <descriptor>',
    'turn a Boutiques descriptor into a skill of your own',
    'neuroclaw skills add bet.json --to ~/lab-skills --family lab\nneuroclaw skills add tool.json --set inputs.image.kind=nifti --set outputs.mask.same_grid=image',
    () => import('../commands/skills-add.js'),
  )
    .option('--to <folder>', 'folder of skills (default: the first of NEUROCLAW_SKILLS)')
    .option('--family <name>', 'family of the skill (default: lab)')
    .option('--name <name>', 'name of the skill (default: that of the descriptor)')
    .addOption(
      new Option('--set <key=value...>', 'answer a question that the descriptor leaves open').argParser(
        collect,
      ),
    );
  declare(
    skills,
    'check [folder]',
    'lint every skill, or those of a folder of your own',
    'neuroclaw skills check ~/lab-skills',
    () => import('../commands/skills-check.js'),
  );
}

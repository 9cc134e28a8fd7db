import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { lockFile } from './option-sets.js';

/** `neuroclaw env …` */
export function declareEnvironments(program: Command, declare: Declare): void {
  const environments = program.command('env').description('pinned environments in containers').exitOverride();
  lockFile(
    declare(
      environments,
      'lock <name...>',
      'pull or build images or Python environments, try their tools, and write the lock file',
      'neuroclaw env lock mrtrix3 dcm2niix\nneuroclaw env lock python-neuro --runtime venv',
      () => import('../commands/env-lock.js'),
    ),
  )
    .option('--accept <terms...>', 'conditions of use that you have read and accept, by name')
    .option('--rebuild', 'build again although an image of the same recipe is there')
    .option('--runtime <name>', 'docker or venv, for environments that can be locked in both ways');
  lockFile(
    declare(
      environments,
      'install <name>',
      'put tools on this machine as their makers advise: commands are shown, approved, logged, then the tools are tried',
      'neuroclaw env install mrtrix3 --print\nneuroclaw env install dcm2niix\nneuroclaw env install fsl --accept fsl-non-commercial',
      () => import('../commands/env-install.js'),
    ),
  )
    .option('--print', 'print the commands and run nothing')
    .option('-y, --yes', 'run the commands without asking')
    .option('--accept <terms...>', 'conditions of use that you have read and accept, by name');
  lockFile(
    declare(
      environments,
      'list',
      'environments, what they offer, whether they are locked',
      'neuroclaw env list',
      () => import('../commands/env-list.js'),
    ),
  );
  lockFile(
    declare(
      environments,
      'show <name>',
      'digest, packages and versions of a locked environment',
      'neuroclaw env show mrtrix3',
      () => import('../commands/env-show.js'),
    ),
  );
  lockFile(
    declare(
      environments,
      'verify [name...]',
      'compare the lock with the images that are here',
      'neuroclaw env verify',
      () => import('../commands/env-verify.js'),
    ),
  );
  lockFile(
    declare(
      environments,
      'remove <name>',
      'forget a locked environment and remove its image',
      'neuroclaw env remove mrtrix3',
      () => import('../commands/env-remove.js'),
    ),
  );
}

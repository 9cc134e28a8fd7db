import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cliEnvironment } from '../support/cli.js';
import { modelServer, says, type ModelServer } from '../support/model-server.js';
import { hasTerminal, Terminal } from '../support/terminal.js';
import { temporaryFolder } from '../support/temporary.js';
import { writeDataset } from '../unit/planning/support.js';

let terminal: Terminal | undefined;
let server: ModelServer | undefined;
afterEach(async () => {
  terminal?.close();
  await server?.close();
});

describe.skipIf(!hasTerminal)('a policy that asks about the model, at the terminal', () => {
  it.each([
    ['y', 'One run of rest.', 1],
    ['n', 'func: 1 bold', 0],
  ])('%s: %s', { timeout: 60_000 }, async (key, answer, asked) => {
    const root = temporaryFolder();
    writeDataset(join(root, 'bids'), { 'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 } });
    writeFileSync(join(root, 'policy.yaml'), "schema: neuroclaw/policy@1\nmodels: { ask: ['server:*'] }\n");
    server = await modelServer([says('One run of rest.')]);
    const env = cliEnvironment(join(root, 'state'), {
      NEUROCLAW_MODEL: 'server:test',
      NEUROCLAW_MODEL_URL: server.url,
      NEUROCLAW_POLICY: join(root, 'policy.yaml'),
    });
    terminal = new Terminal(['chat', '--data', 'bids', '--out', 'study'], env, root);
    await terminal.see(/asks about the model server:test\. May it be asked\? \[Y\/n\] *$/);
    terminal.type(`${key}\n`);
    await terminal.see('/help lists');
    terminal.type('what is in this dataset?\n');
    await terminal.see(answer);
    expect(server.asked).toHaveLength(asked);
    terminal.key('C-d');
    expect(await terminal.ended()).toBe('0');
  });
});

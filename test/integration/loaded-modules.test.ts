import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { modelServer, says } from '../support/model-server.js';
import { hasTestData, testData } from '../support/data.js';
import { temporaryFolder } from '../support/temporary.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const logger = pathToFileURL(join(root, 'test/fixtures/modules/log.mjs')).href;

/** Every module that a run of Node loads. */
async function loaded(args: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const folder = temporaryFolder();
  const MODULE_LOG = join(folder, 'modules.txt');
  const done = await execa(process.execPath, ['--import', logger, ...args], {
    cwd: folder,
    reject: false,
    env: { ...env, MODULE_LOG, XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  expect(done.exitCode, done.stderr).toBe(0);
  return readFileSync(MODULE_LOG, 'utf8').trim().split('\n');
}

const ofModels = (modules: readonly string[]): string[] =>
  modules.filter((url) =>
    /@langchain|langsmith|node_modules\/(openai|@anthropic-ai|ollama|js-tiktoken)\//.test(url),
  );

const main = join(root, 'dist/cli/main.js');
/** A model is set, so that only what needs it may load it. */
const env = { NEUROCLAW_MODEL: 'openai:gpt-5', OPENAI_API_KEY: 'sk-not-used-0123456789' };

it.skipIf(!hasTestData)(
  'commands that need no model load nothing of one, also where one is set',
  async () => {
    const out = temporaryFolder();
    const data = testData('bids', 'haxby-slice');
    for (const args of [
      ['--version'],
      ['skills', 'list'],
      ['plan', 'validate the data', '--data', data, '--out', join(out, 'o'), '--save', join(out, 'p.json')],
      ['run', 'validate the data', '--data', data, '--out', join(out, 'o'), '--yes'],
      ['resume', '--out', join(out, 'o')],
    ]) {
      const modules = await loaded([main, ...args], env);
      expect(modules.length).toBeGreaterThan(1);
      expect(ofModels(modules), args.join(' ')).toEqual([]);
    }
  },
);

it('a question to a model loads it, which this test can see', async () => {
  const server = await modelServer([says('yes')]);
  const opener = pathToFileURL(join(root, 'dist/agents/models/open-model.js')).href;
  const script = `
    const { openModel } = await import(${JSON.stringify(opener)});
    const model = openModel({ name: 'm', url: ${JSON.stringify(server.url)}, key: () => undefined, totalS: 5, idleS: 5 });
    if (process.env.ASK === 'yes') for await (const part of model.stream({ messages: [{ role: 'user', text: 'hi' }] })) part;
  `;
  const run = (ASK: string) => loaded(['--input-type=module', '--eval', script], { ASK });
  expect(ofModels(await run('no'))).toEqual([]);
  expect(ofModels(await run('yes')).length).toBeGreaterThan(20);
  await server.close();
});

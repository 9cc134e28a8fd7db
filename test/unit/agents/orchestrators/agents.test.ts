import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAgent } from '../../../../src/agents/orchestrators/agent-file.js';
import { idlePatterns, loadAgents } from '../../../../src/agents/orchestrators/load-agents.js';
import { loadPipelines } from '../../../../src/planning/load-pipelines.js';
import { loadSkills } from '../../../../src/skills/registry.js';
import { projectFolder } from '../../../support/data.js';
import { temporaryFolder } from '../../../support/temporary.js';

const shipped = join(projectFolder, 'agents');

const sound = (change: (text: string) => string = (text) => text): string =>
  change(`---
name: lab
tier: orchestrator
description: Does what our lab does with resting runs.
pipelines: ['functional/*']
tools: [dataset, pipeline]
budget: { turns: 5, tokens: 5000, seconds: 60 }
---

${'Look at the repetition time first, then at the number of volumes. '.repeat(5)}
`);

describe('the agents of the product', () => {
  it('are there for every field, sound, and name only what is installed or announced', async () => {
    const { agents, findings } = await loadAgents([shipped]);
    expect(findings).toEqual([]);
    expect([...agents].map(([name, { tier }]) => `${name}: ${tier}`)).toEqual([
      'assistant: user',
      'curation: orchestrator',
      'diffusion: orchestrator',
      'electrophysiology: orchestrator',
      'functional: orchestrator',
      'pet-asl: orchestrator',
      'research: orchestrator',
      'reviewer: reviewer',
      'statistics: orchestrator',
      'structural: orchestrator',
    ]);
    const [{ pipelines }, { skills }] = await Promise.all([
      loadPipelines([shipped]),
      loadSkills([join(projectFolder, 'skills')], [join(projectFolder, 'skills')]),
    ]);
    const idle = idlePatterns(agents.values(), pipelines.keys(), skills.keys()).map(({ message }) => message);
    // Everything else that is named must be there.
    expect(idle.filter((message) => !message.includes('pet-asl/*'))).toEqual([]);
  });

  it('every pipeline belongs to an orchestrator that may use it', async () => {
    const { agents } = await loadAgents([shipped]);
    const { pipelines } = await loadPipelines([shipped]);
    for (const id of pipelines.keys()) {
      const owner = agents.get(id.slice(0, id.indexOf('/')));
      expect(owner?.pipelines, id).toContain(`${owner?.name ?? ''}/*`);
    }
  });
});

describe("a person's own agent", () => {
  it('is loaded from a folder of theirs', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'lab'));
    writeFileSync(join(root, 'lab', 'AGENT.md'), sound());
    const { agents, findings } = await loadAgents([shipped, root]);
    expect(findings).toEqual([]);
    expect(agents.get('lab')).toMatchObject({ pipelines: ['functional/*'], skills: [] });
  });

  it('replaces one of the product with a warning, and a broken one hides no other', async () => {
    const root = temporaryFolder();
    for (const name of ['diffusion', 'broken', 'elsewhere']) mkdirSync(join(root, name));
    writeFileSync(
      join(root, 'diffusion', 'AGENT.md'),
      sound((text) => text.replace('lab', 'diffusion')),
    );
    writeFileSync(join(root, 'broken', 'AGENT.md'), 'no front matter');
    writeFileSync(join(root, 'elsewhere', 'AGENT.md'), sound());
    const { agents, findings } = await loadAgents([shipped, root]);
    expect(agents.get('diffusion')?.pipelines).toEqual(['functional/*']);
    expect(findings.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      'error: has no front matter',
      'warning: the agent diffusion replaces that of another folder',
      'error: the name lab is not that of its folder',
    ]);
  });

  it.each([
    [
      'a tool that does not exist',
      (text: string) => text.replace('dataset, pipeline', 'dataset, shell'),
      'tools[1]',
    ],
    ['an unknown field', (text: string) => text.replace('tier:', 'network: allow\ntier:'), 'network'],
    [
      'more turns than anyone gets',
      (text: string) => text.replace('turns: 5', 'turns: 5000'),
      'budget.turns',
    ],
    [
      'more tokens than anyone gets',
      (text: string) => text.replace('tokens: 5000', 'tokens: 99999999'),
      'budget.tokens',
    ],
    [
      'a pipeline that is a path',
      (text: string) => text.replace('functional/*', '../../etc/passwd'),
      'pipelines[0]',
    ],
    ['another tier', (text: string) => text.replace('orchestrator', 'root'), 'tier'],
    ['no description', (text: string) => text.replace(/description.*\n/, ''), 'description'],
    ['no instructions', (text: string) => text.replace(/Look at[^]*/, 'Do it.'), 'body'],
    ['nothing that it may plan', (text: string) => text.replace(/pipelines.*\n/, ''), 'pipelines'],
    ['front matter that is no YAML', (text: string) => text.replace('name: lab', 'name: [lab'), undefined],
  ])('%s is refused, with its field', (_what, change, field) => {
    const { agent, findings } = readAgent(sound(change), '/agents/lab/AGENT.md');
    expect(agent).toBeUndefined();
    expect(findings[0]?.place).toEqual({
      file: '/agents/lab/AGENT.md',
      ...(field === undefined ? {} : { field }),
    });
  });
});

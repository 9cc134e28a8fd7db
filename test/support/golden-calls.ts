import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedCall, SkillRequest } from '../../src/skills/resolve.js';
import { projectFolder } from './data.js';

export interface GoldenCall extends Pick<ResolvedCall, 'argv' | 'params' | 'outputs'> {
  readonly request: SkillRequest;
}

/** The recorded call of each shipped skill for a typical request, by skill id; one file a family. */
export function goldenCalls(): Readonly<Record<string, GoldenCall>> {
  const folder = join(projectFolder, 'test', 'golden', 'skills');
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json') && name !== 'bosh.json')
      .flatMap((name) =>
        Object.entries(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, GoldenCall>),
      ),
  );
}

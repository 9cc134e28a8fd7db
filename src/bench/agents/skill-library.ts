import type { Skill } from '../../skills/skill.js';

/** The skills that an arm may read. Arms differ in nothing else. */
export interface SkillLibrary {
  /** Ids with a line about each, the nearest to the words first. */
  find(words: string): readonly { readonly id: string; readonly about: string }[];
  /** What its document says, with the command that it runs; undefined where there is none of that id. */
  read(id: string): string | undefined;
}

const MOST = 12;

/** The arm without skills: the same tools, and nothing behind them. */
export const noSkills: SkillLibrary = { find: () => [], read: () => undefined };

/** The skills of the product whose programs the environments of the task offer. */
export function skillLibrary(skills: Iterable<Skill>, environments: readonly string[]): SkillLibrary {
  const here = [...skills].filter(({ contract }) => environments.includes(contract.environment));
  const byId = new Map(here.map((skill) => [skill.id, skill]));
  return {
    find(words) {
      const wanted = words.toLowerCase().match(/[a-z0-9]+/g) ?? [];
      const score = (text: string): number => wanted.filter((word) => text.includes(word)).length;
      return here
        .map((skill) => ({ skill, hits: score(`${skill.id} ${skill.description}`.toLowerCase()) }))
        .filter(({ hits }) => hits > 0)
        .sort((a, b) => b.hits - a.hits || (a.skill.id < b.skill.id ? -1 : 1))
        .slice(0, MOST)
        .map(({ skill }) => ({ id: skill.id, about: skill.description }));
    },
    read(id) {
      const skill = byId.get(id);
      if (skill === undefined) return undefined;
      return `${skill.body}\n\nCommand line: ${skill.descriptor['command-line']}`;
    },
  };
}

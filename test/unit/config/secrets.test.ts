import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../../src/config/secrets.js';
import { temporaryFolder } from '../../support/temporary.js';

describe('what must stand nowhere', () => {
  const file = join(temporaryFolder(), 'license.txt');
  const lines = ['jane.roexia@example.org', '*Cplantedlicence1', 'FSplantedlicence2'];
  const write = (): void => writeFileSync(file, `${lines[0]}\n73551\n ${lines[1]}\n ${lines[2]}\n`);

  it('are the lines of the licence, however the settings name its file, without short numbers', () => {
    write();
    expect(secretsOf({}, file)).toEqual(lines);
    expect(secretsOf({ FS_LICENSE: file }, undefined)).toEqual(lines);
    expect(secretsOf({ FS_LICENSE: file }, file)).toEqual(lines);
  });

  it('are the values of keys and tokens, and nothing of a licence that is not there', () => {
    const env = {
      OPENAI_API_KEY: 'sk-0123456789',
      SSH_AUTH_SOCK: '/run/user/1000/ssh',
      PATH: '/usr/bin:/bin',
    };
    expect(secretsOf({ ...env, FS_LICENSE: '/nowhere/license.txt' }, undefined)).toEqual(['sk-0123456789']);
  });
});

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { chooseModel } from '../../../../src/agents/models/providers.js';
import { openModel } from '../../../../src/agents/models/open-model.js';
import { findModelKey } from '../../../../src/config/model-key.js';
import { temporaryFolder } from '../../../support/temporary.js';

describe('the name of a model', () => {
  it.each([
    ['openai:gpt-5-mini', undefined, 'openai', 'gpt-5-mini', 'https://api.openai.com/v1'],
    ['ollama:qwen3:8b', undefined, 'ollama', 'qwen3:8b', 'http://127.0.0.1:11434'],
    ['openrouter:qwen/qwen3-32b', undefined, 'openrouter', 'qwen/qwen3-32b', 'https://openrouter.ai/api/v1'],
    ['qwen3:8b', 'http://localhost:8080/v1/', 'server', 'qwen3:8b', 'http://localhost:8080/v1'],
    ['anthropic:claude', 'https://gateway.example.org', 'anthropic', 'claude', 'https://gateway.example.org'],
    [
      'azure:gpt-5',
      'https://lab.openai.azure.com/openai/v1',
      'azure',
      'gpt-5',
      'https://lab.openai.azure.com/openai/v1',
    ],
  ])('%s at %s', (name, url, provider, model, address) => {
    expect(chooseModel(name, url)).toMatchObject({ provider, model, address });
  });

  it.each([
    ['opnai:gpt-5', undefined, 'did you mean openai:gpt-5'],
    ['gpt-5', undefined, 'names no known provider'],
    ['constructor:gpt-5', undefined, 'names no known provider'],
    ['azure:gpt-5', undefined, 'needs the address'],
    ['server:x', undefined, 'needs the address'],
    ['server:x', 'localhost:8080', 'nothing but protocol, host and path'],
    ['server:x', 'not an address', 'is no address'],
    ['server:x', 'https://user:secret-of-mine@host/v1', 'nothing but protocol'],
    ['server:x', 'https://host/v1?key=secret-of-mine', 'nothing but protocol'],
  ])('%s at %s is refused, without repeating a secret', (name, url, message) => {
    const thrown = (() => {
      try {
        return chooseModel(name, url);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ message: expect.stringContaining(message) });
    expect(String(thrown)).not.toContain('secret-of-mine');
  });
});

describe('the key', () => {
  it('comes from the first variable that is set', () => {
    const key = findModelKey(['A_KEY', 'B_KEY'], { env: { A_KEY: ' ', B_KEY: 'of-b' }, file: undefined });
    expect([key?.reveal(), key?.source]).toEqual(['of-b', 'environment B_KEY']);
  });

  it('shows itself in nothing that is printed by accident', () => {
    const key = findModelKey(['K'], { env: { K: 'sk-very-secret' }, file: undefined });
    expect(`${String(key)} ${JSON.stringify({ key })} ${inspect({ key })}`).not.toContain('very-secret');
  });

  it('comes from a file that nobody else may read, and from no other', () => {
    const file = join(temporaryFolder(), 'key');
    writeFileSync(file, 'sk-of-the-file\n', { mode: 0o600 });
    expect(findModelKey(['K'], { env: { K: 'other' }, file })?.reveal()).toBe('sk-of-the-file');
    chmodSync(file, 0o640);
    expect(() => findModelKey(['K'], { env: {}, file })).toThrow(/others may read/);
  });

  it('a file with anything else in it is no key', () => {
    const odd = join(temporaryFolder(), 'odd');
    writeFileSync(odd, 'my key: sk-1\n', { mode: 0o600 });
    expect(() => findModelKey(['K'], { env: {}, file: odd })).toThrow(/holds no key/);
  });

  it('is asked for where a provider wants one, before anything is sent', () => {
    const options = { name: 'openai:gpt-5', totalS: 1, idleS: 1, key: () => undefined };
    expect(() => openModel(options)).toThrow(/openai wants a key/);
  });
});

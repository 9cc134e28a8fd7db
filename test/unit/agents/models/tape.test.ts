import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { finish, type Model, type ModelRequest } from '../../../../src/agents/model.js';
import { openModel } from '../../../../src/agents/models/open-model.js';
import { ModelKey } from '../../../../src/config/model-key.js';
import {
  breaks,
  calls,
  chunk,
  modelServer,
  says,
  status,
  type ModelServer,
} from '../../../support/model-server.js';
import { temporaryFolder } from '../../../support/temporary.js';

const KEY = 'sk-test-0123456789abcdef0123';
let server: ModelServer | undefined;
afterEach(async () => server?.close());

function open(tape: string, url: string, key: string | undefined = KEY): Model {
  return openModel({
    name: 'openai:test-model',
    url,
    key: () => (key === undefined ? undefined : new ModelKey(key, 'test')),
    totalS: 5,
    idleS: 5,
    tape,
    rules: { attempts: 2, firstS: 0.01, longestS: 0.01, patienceS: 1 },
  });
}

const ask = (text: string): ModelRequest => ({ messages: [{ role: 'user', text }] });

it('gives back the same answers without a server or a key, in any order, and the same question in the order of its answers', async () => {
  const file = join(temporaryFolder(), 'session.tape');
  server = await modelServer([
    says('first'),
    status(503),
    says('second'),
    calls({ name: 'look', arguments: '{"at":"T1w"}' }),
    says('the first question again'),
  ]);
  const recorder = open(file, server.url);
  const recorded = [];
  for (const text of ['one', 'two', 'three', 'one']) recorded.push(await finish(recorder.stream(ask(text))));
  const { url } = server;
  await server.close();

  const player = open(file, url, undefined);
  const played = [];
  for (const text of ['three', 'one', 'two', 'one']) played.push(await finish(player.stream(ask(text))));
  expect(played).toEqual([recorded[2], recorded[0], recorded[1], recorded[3]]);
});

it('holds no key, and only its owner may read it', async () => {
  const file = join(temporaryFolder(), 'session.tape');
  server = await modelServer([says('yes')]);
  await finish(open(file, server.url).stream(ask('one')));
  expect(readFileSync(file, 'utf8')).not.toContain(KEY);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('never holds half an answer or a failure', async () => {
  const file = join(temporaryFolder(), 'session.tape');
  server = await modelServer([breaks([chunk({ role: 'assistant', content: 'half' })]), status(400)]);
  const recorder = open(file, server.url);
  await expect(finish(recorder.stream(ask('one')))).rejects.toThrow();
  await expect(finish(recorder.stream(ask('two')))).rejects.toThrow();
  expect(existsSync(file)).toBe(false);
});

it('says of a question that is not on it which is the nearest, and where they part', async () => {
  const file = join(temporaryFolder(), 'session.tape');
  server = await modelServer([says('yes')]);
  const recorder = open(file, server.url);
  await finish(recorder.stream(ask('clean the resting run of sub-01')));
  await finish(recorder.stream(ask('something else')));
  const player = open(file, server.url);
  await expect(finish(player.stream(ask('clean the resting run of sub-02')))).rejects.toMatchObject({
    code: 'provider.tape',
    message: expect.stringMatching(/nearest is line 1, which goes on with "1.*where now comes "2/),
  });
  await finish(player.stream(ask('something else')));
  await expect(finish(player.stream(ask('something else')))).rejects.toThrow(
    /asked once more than was recorded/,
  );
  expect(server.asked).toHaveLength(2);
});

it('a file that is no recording is refused with its line', () => {
  const file = join(temporaryFolder(), 'notes.txt');
  writeFileSync(file, 'my notes\n');
  expect(() => open(file, 'http://127.0.0.1:1/v1')).toThrow(/not a recording/);
});

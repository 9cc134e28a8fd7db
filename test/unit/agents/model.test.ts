import { describe, expect, it } from 'vitest';
import { closeToolCalls, finish, type ModelMessage, type ModelPart } from '../../../src/agents/model.js';
import { scriptedModel } from '../../support/scripted-model.js';

describe('finish', () => {
  it('hands text on as it comes and gives the one result', async () => {
    const pieces: string[] = [];
    const model = scriptedModel(['a longer answer than one piece']);
    const result = await finish(model.stream({ messages: [{ role: 'user', text: 'hello' }] }), (part) => {
      if (part.type === 'text') pieces.push(part.text);
    });
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join('')).toBe(result.text);
    expect(result.finish).toBe('stop');
  });

  it('takes a stream without a result for a cut answer, not for a short one', async () => {
    async function* cut(): AsyncGenerator<ModelPart> {
      yield await Promise.resolve({ type: 'text' as const, text: 'the first half' });
    }
    await expect(finish(cut())).rejects.toMatchObject({ code: 'provider.cut' });
  });
});

describe('closeToolCalls', () => {
  const call = (id: string) => ({ id, name: 'look', arguments: {} });
  const stopped = (id: string) => ({
    role: 'tool',
    call: id,
    name: 'look',
    text: 'not run: the turn was stopped',
    failed: true,
  });

  it('answers what an aborted turn left open, after the answers that are there and before the next turn', () => {
    const messages: ModelMessage[] = [
      { role: 'user', text: 'what is there?' },
      { role: 'assistant', text: '', toolCalls: [call('a'), call('b')] },
      { role: 'tool', call: 'a', name: 'look', text: 'two runs' },
      { role: 'user', text: 'go on' },
      { role: 'assistant', text: '', toolCalls: [call('c')] },
    ];
    expect(closeToolCalls(messages)).toEqual([
      ...messages.slice(0, 3),
      stopped('b'),
      messages[3],
      messages[4],
      stopped('c'),
    ]);
  });

  it('changes nothing where every call is answered', () => {
    const messages: ModelMessage[] = [
      { role: 'assistant', text: '', toolCalls: [call('a')] },
      { role: 'tool', call: 'a', name: 'look', text: 'two runs' },
    ];
    expect(closeToolCalls(messages)).toEqual(messages);
  });
});

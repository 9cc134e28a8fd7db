import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Budget } from '../../../src/agents/budget.js';
import { finish, type ModelResult } from '../../../src/agents/model.js';
import { readPrices, type Prices } from '../../../src/agents/prices.js';
import { scriptedModel } from '../../support/scripted-model.js';
import { temporaryFolder } from '../../support/temporary.js';

const prices: Prices = {
  currency: 'USD',
  models: new Map([['scripted:test', { input: 2, output: 10, cached: 0.5 }]]),
};
const request = { messages: [{ role: 'user', text: 'x'.repeat(400) }] } as const;

function reply(usage: ModelResult['usage'], text = 'y'.repeat(40)) {
  return { result: { text, toolCalls: [], usage, finish: 'stop' as const } };
}
const used = { inputTokens: 1000, outputTokens: 100, cachedTokens: 400 };

describe('a budget', () => {
  it('counts tokens and money, those of the cache at their own price', async () => {
    const budget = new Budget({ prices });
    await finish(budget.wrap(scriptedModel([reply(used)])).stream(request));
    expect(budget.spent).toMatchObject({
      answers: 1,
      inputTokens: 1000,
      outputTokens: 100,
      estimatedTokens: 0,
      currency: 'USD',
    });
    expect(budget.spent.money).toBeCloseTo((600 * 2 + 400 * 0.5 + 100 * 10) / 1e6, 12);
  });

  it('a price that nobody said is unknown, not nothing, and stays so', async () => {
    const budget = new Budget({ prices });
    await finish(budget.wrap(scriptedModel([reply(used)], 'scripted:other')).stream(request));
    await finish(budget.wrap(scriptedModel([reply(used)])).stream(request));
    expect(budget.spent.money).toBeUndefined();
    expect(new Budget().spent.money).toBe(0);
  });

  it('estimates what the provider did not count, and says that it did', async () => {
    const budget = new Budget();
    await finish(budget.wrap(scriptedModel([reply(undefined)])).stream(request));
    expect(budget.spent.outputTokens).toBe(10);
    expect(budget.spent.inputTokens).toBeGreaterThanOrEqual(100);
    expect(budget.spent.estimatedTokens).toBe(budget.spent.inputTokens + budget.spent.outputTokens);
  });

  it('counts an answer that was stopped half way', async () => {
    const budget = new Budget();
    for await (const part of budget.wrap(scriptedModel([reply(used)])).stream(request))
      if (part.type === 'text') break;
    expect(budget.spent).toMatchObject({ answers: 1 });
    expect(budget.spent.estimatedTokens).toBeGreaterThan(0);
  });

  it.each([
    [{ tokens: 1100 }, 'budget.tokens'],
    [{ money: 0.002 }, 'budget.money'],
  ])('refuses the next question beyond %o', async (limits, code) => {
    const budget = new Budget({ limits, prices });
    const model = scriptedModel([reply(used), reply(used)]);
    const limited = budget.wrap(model);
    await finish(limited.stream(request));
    await expect(finish(limited.stream(request))).rejects.toMatchObject({ code });
    expect(model.requests).toHaveLength(1);
  });

  it('a limit of money with a model of unknown price is refused before anything is sent', async () => {
    const model = scriptedModel([reply(used)], 'scripted:other');
    const limited = new Budget({ limits: { money: 1 }, prices }).wrap(model);
    await expect(finish(limited.stream(request))).rejects.toThrow(/price of scripted:other is not known/);
    expect(model.requests).toEqual([]);
  });

  it('ends a slow answer in its middle', async () => {
    let clock = 0;
    const limited = new Budget({ limits: { seconds: 10 }, now: () => clock }).wrap(
      scriptedModel([reply(used)]),
    );
    const running = finish(limited.stream(request), () => (clock += 6000));
    await expect(running).rejects.toMatchObject({ code: 'budget.time' });
  });

  it('a part has its own limit and spends from the whole', async () => {
    const whole = new Budget({ limits: { tokens: 5000 } });
    const part = whole.within({ tokens: 1000 }, 'the part');
    await finish(part.wrap(scriptedModel([reply(used)])).stream(request));
    expect(() => part.check('m')).toThrow(/1100 of 1000/);
    expect(() => whole.check('m')).not.toThrow();
    expect(whole.spent.inputTokens).toBe(1000);
    const other = whole.within({}, 'the other');
    for (let n = 0; n < 4; n += 1) await finish(other.wrap(scriptedModel([reply(used)])).stream(request));
    expect(() => other.check('m')).toThrow(/5500 of 5000/);
  });

  it('goes on from what was spent before', () => {
    const before = { ...new Budget().spent, inputTokens: 900, seconds: 50 };
    const budget = new Budget({ before, limits: { tokens: 900 } });
    expect(budget.spent.seconds).toBeGreaterThanOrEqual(50);
    expect(() => budget.check('m')).toThrow(/900 of 900/);
  });
});

describe('a price file', () => {
  const file = (text: string): string => {
    const path = join(temporaryFolder(), 'prices.json');
    writeFileSync(path, text);
    return path;
  };

  it('is read', async () => {
    const text = '{"currency": "EUR", "per_million_tokens": {"openai:m": {"input": 1, "output": 2}}}';
    const read = await readPrices(file(text));
    expect(read.models.get('openai:m')).toEqual({ input: 1, output: 2 });
  });

  it.each([
    ['{"currency": "EUR"', /is not JSON/],
    [
      '{"currency": "EUR", "per_million_tokens": {"m": {"input": -1, "output": 2}}}',
      /per_million_tokens\.m\.input/,
    ],
    ['{"currency": "EUR", "per_million_tokens": {"m": {"inptu": 1, "output": 2}}}', /inptu|input/],
  ])('%s is refused with the field', async (text, message) => {
    await expect(readPrices(file(text))).rejects.toThrow(message);
  });
});

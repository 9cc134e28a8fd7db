import type { ErrorCode } from '../kernel/error-codes.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Model, ModelPart, ModelRequest, StreamOptions, Usage } from './model.js';
import { costOf, type Prices } from './prices.js';

/** Absent: no limit. */
export interface BudgetLimits {
  /** Input and output together. */
  readonly tokens?: number;
  /** In the currency of the price file. */
  readonly money?: number;
  /** Seconds from the start of the budget, waiting included. */
  readonly seconds?: number;
}

export interface Spent {
  readonly answers: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** Tokens of answers that the provider did not count, which were estimated: part of the above. */
  readonly estimatedTokens: number;
  /** Undefined: at least one answer came from a model whose price is not known. */
  readonly money: number | undefined;
  readonly currency: string | undefined;
  readonly seconds: number;
}

export interface BudgetOptions {
  readonly limits?: BudgetLimits;
  readonly prices?: Prices | undefined;
  /** What was spent before, of a conversation that goes on. */
  readonly before?: Spent | undefined;
  /** Milliseconds; tests give their own. */
  readonly now?: () => number;
}

const CHARACTERS_PER_TOKEN = 4;

/**
 * Counts what models cost and refuses to go beyond limits. One budget is shared by everything that works on one
 * conversation; an agent with limits of its own gets a part of it (`within`). A limit is looked at before each
 * question and at each piece of an answer for time; an answer under way is not cut for tokens, so the sum may pass the
 * limit by one answer.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #prices: Prices | undefined;
  readonly #parent: Budget | undefined;
  readonly #now: () => number;
  readonly #started: number;
  readonly #secondsBefore: number;
  #spent: Omit<Spent, 'seconds' | 'currency'>;

  constructor({ limits = {}, prices, before, now = Date.now }: BudgetOptions = {}, parent?: Budget) {
    this.#limits = limits;
    this.#prices = prices;
    this.#parent = parent;
    this.#now = now;
    this.#started = now();
    this.#secondsBefore = before?.seconds ?? 0;
    const nothing = { answers: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0, estimatedTokens: 0 };
    this.#spent = before === undefined ? { ...nothing, money: 0 } : pick(before);
  }

  /** A part with limits of its own; what is spent there is spent here too. */
  within(limits: BudgetLimits): Budget {
    return new Budget({ limits, prices: this.#prices, now: this.#now }, this);
  }

  get spent(): Spent {
    const seconds = this.#secondsBefore + (this.#now() - this.#started) / 1000;
    return { ...this.#spent, currency: this.#prices?.currency, seconds };
  }

  /** Throws budget.tokens, budget.money or budget.time where a limit is reached. */
  check(model: string): void {
    this.#parent?.check(model);
    const { tokens, money, seconds } = this.#limits;
    const { spent } = this;
    const used = spent.inputTokens + spent.outputTokens;
    if (tokens !== undefined && used >= tokens) throw over('budget.tokens', `${used} of ${tokens} tokens`);
    if (seconds !== undefined && spent.seconds >= seconds)
      throw over('budget.time', `${Math.round(spent.seconds)} of ${seconds} seconds`);
    if (money === undefined) return;
    if (this.#prices?.models.has(model) !== true || spent.money === undefined)
      throw new NeuroClawError(
        'budget.money',
        `the price of ${model} is not known, so that no sum can be kept`,
        {
          hint: 'add the model to the price file (model_prices), or set a limit in tokens',
        },
      );
    if (spent.money >= money)
      throw over('budget.money', `${spent.money.toFixed(4)} of ${money} ${this.#prices.currency}`);
  }

  /** Counts one answer. Without counts of the provider, tokens are estimated from the texts and marked so. */
  add(model: string, usage: Usage | undefined, estimate: Usage): void {
    this.#parent?.add(model, usage, estimate);
    const used = usage ?? estimate;
    const cost = costOf(model, used, this.#prices);
    const { money } = this.#spent;
    this.#spent = {
      answers: this.#spent.answers + 1,
      inputTokens: this.#spent.inputTokens + used.inputTokens,
      outputTokens: this.#spent.outputTokens + used.outputTokens,
      cachedTokens: this.#spent.cachedTokens + (used.cachedTokens ?? 0),
      estimatedTokens:
        this.#spent.estimatedTokens + (usage === undefined ? used.inputTokens + used.outputTokens : 0),
      money: money === undefined || cost === undefined ? undefined : money + cost,
    };
  }

  /** The same model, counted and limited. */
  wrap(model: Model): Model {
    const stream = (request: ModelRequest, options?: StreamOptions): AsyncIterable<ModelPart> =>
      this.#stream(model, request, options);
    return { name: model.name, address: model.address, stream };
  }

  async *#stream(model: Model, request: ModelRequest, options?: StreamOptions): AsyncGenerator<ModelPart> {
    this.check(model.name);
    let text = '';
    let counted = false;
    const count = (usage: Usage | undefined): void => {
      counted = true;
      const asked = JSON.stringify([request.messages, request.tools ?? []]);
      this.add(model.name, usage, {
        inputTokens: Math.ceil(asked.length / CHARACTERS_PER_TOKEN),
        outputTokens: Math.ceil(text.length / CHARACTERS_PER_TOKEN),
      });
    };
    try {
      for await (const part of model.stream(request, options)) {
        if (part.type === 'text') {
          text += part.text;
          this.#checkTime();
        }
        if (part.type === 'result') count(part.result.usage);
        yield part;
      }
    } finally {
      // An answer that was stopped or broke off was paid for as well.
      if (!counted && text !== '') count(undefined);
    }
  }

  #checkTime(): void {
    if (this.#parent !== undefined) this.#parent.#checkTime();
    const { seconds } = this.#limits;
    const spent = this.spent.seconds;
    if (seconds !== undefined && spent >= seconds)
      throw over('budget.time', `${Math.round(spent)} of ${seconds} seconds`);
  }
}

function pick({ answers, inputTokens, outputTokens, cachedTokens, estimatedTokens, money }: Spent) {
  return { answers, inputTokens, outputTokens, cachedTokens, estimatedTokens, money };
}

function over(code: ErrorCode, what: string): NeuroClawError {
  return new NeuroClawError(code, `the budget is spent: ${what}`);
}

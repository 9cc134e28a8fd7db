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
  /** Seconds while a model was asked, waiting for it included; of a part (`within`): since the part began. */
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
  readonly money?: number | undefined;
  readonly currency?: string | undefined;
  /** While a model was asked; of a part: since it began. */
  readonly seconds: number;
}

export interface BudgetOptions {
  readonly limits?: BudgetLimits;
  /** Whose budget it is, for messages: `the conversation`, `the agent diffusion`. */
  readonly of?: string;
  /** Told what was spent in all, after every answer. */
  readonly keep?: ((spent: Spent) => void) | undefined;
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
  readonly #of: string;
  readonly #keep: (spent: Spent) => void;
  readonly #prices: Prices | undefined;
  readonly #parent: Budget | undefined;
  readonly #now: () => number;
  /** Milliseconds that have passed, and since when they pass: always for a part, else while a model is asked. */
  #passed: number;
  #since: number | undefined;
  #asked = 0;
  #spent: Omit<Spent, 'seconds' | 'currency'>;

  constructor(options: BudgetOptions = {}, parent?: Budget) {
    const { limits = {}, of = 'the conversation', prices, before, keep, now = Date.now } = options;
    this.#limits = limits;
    this.#of = of;
    this.#keep = keep ?? (() => undefined);
    this.#prices = prices;
    this.#parent = parent;
    this.#now = now;
    this.#passed = (before?.seconds ?? 0) * 1000;
    this.#since = parent === undefined ? undefined : now();
    const nothing = { answers: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0, estimatedTokens: 0 };
    this.#spent = before === undefined ? { ...nothing, money: 0 } : pick(before);
  }

  /** A part with limits of its own, which may have begun earlier; what is spent there is spent here too. */
  within(limits: BudgetLimits, of: string, before?: Spent): Budget {
    return new Budget({ limits, of, prices: this.#prices, before, now: this.#now }, this);
  }

  get spent(): Spent {
    const running = this.#since === undefined ? 0 : this.#now() - this.#since;
    const currency = this.#prices?.currency;
    return { ...this.#spent, currency, seconds: (this.#passed + running) / 1000 };
  }

  get limits(): BudgetLimits {
    return this.#limits;
  }

  /** Throws budget.tokens, budget.money or budget.time where a limit is reached. */
  check(model: string): void {
    this.#parent?.check(model);
    const { tokens, money, seconds } = this.#limits;
    const { spent } = this;
    const used = spent.inputTokens + spent.outputTokens;
    if (tokens !== undefined && used >= tokens)
      throw this.#over('budget.tokens', `${used} of ${tokens} tokens`);
    if (seconds !== undefined && spent.seconds >= seconds)
      throw this.#over('budget.time', `${Math.round(spent.seconds)} of ${seconds} seconds`);
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
      throw this.#over('budget.money', `${spent.money.toFixed(4)} of ${money} ${this.#prices.currency}`);
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
    this.#keep(this.spent);
  }

  /** The same model, counted and limited. */
  wrap(model: Model): Model {
    const stream = (request: ModelRequest, options?: StreamOptions): AsyncIterable<ModelPart> =>
      this.#stream(model, request, options);
    return { name: model.name, address: model.address, stream };
  }

  async *#stream(model: Model, request: ModelRequest, options?: StreamOptions): AsyncGenerator<ModelPart> {
    this.check(model.name);
    this.#begin();
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
      this.#end();
    }
  }

  /** A model is being asked, by this part or by one of its parts. */
  #begin(): void {
    if (this.#parent !== undefined) this.#parent.#begin();
    this.#asked += 1;
    this.#since ??= this.#now();
  }

  #end(): void {
    if (this.#parent !== undefined) this.#parent.#end();
    this.#asked -= 1;
    if (this.#parent !== undefined || this.#asked > 0 || this.#since === undefined) return;
    this.#passed += this.#now() - this.#since;
    this.#since = undefined;
  }

  #checkTime(): void {
    if (this.#parent !== undefined) this.#parent.#checkTime();
    const { seconds } = this.#limits;
    const spent = this.spent.seconds;
    if (seconds !== undefined && spent >= seconds)
      throw this.#over('budget.time', `${Math.round(spent)} of ${seconds} seconds`);
  }

  #over(code: ErrorCode, what: string): NeuroClawError {
    return new NeuroClawError(code, `the budget of ${this.#of} is spent: ${what}`);
  }
}

function pick({ answers, inputTokens, outputTokens, cachedTokens, estimatedTokens, money }: Spent) {
  return { answers, inputTokens, outputTokens, cachedTokens, estimatedTokens, money };
}

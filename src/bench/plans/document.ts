import { z } from 'zod';
import { insidePath } from '../task/task.js';

/** A file or folder of a plan: below `in/`, below `out/`, or in `scratch/`, which nobody keeps. */
export const planPath = z
  .string()
  .regex(/^(?:in|out|scratch)(?:\/(?!\.)[A-Za-z0-9_.+-]+)*$/, 'expected a path below in/, out/ or scratch/');

/** One command of a plan, as it would be started: no shell, paths relative to the folder of the task. */
export const planCommand = z.strictObject({
  argv: z.array(z.string().min(1)).min(1),
  reads: z.array(planPath).default([]),
  writes: z.array(planPath).default([]),
});

/** `out/commands.json`: what an agent would run, in this order. */
export const planAnswer = z.strictObject({ commands: z.array(planCommand).min(1) });

export type PlanCommand = z.infer<typeof planCommand>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** What a value must be: this one, one of these, in a range, given, or absent. */
const expectation = z.union([
  scalar,
  z.array(scalar),
  z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
  z.strictObject({ given: z.boolean() }),
  /** Made before by this output of this skill: `fsl/bet/mask`. */
  z.strictObject({ from: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+\/[a-z0-9_]+$/) }),
]);

export type Expectation = z.infer<typeof expectation>;

const named = { id: z.string().regex(/^[a-z0-9-]+$/), about: z.string().min(5) };
const skillNames = z.union([z.string(), z.array(z.string()).min(1)]);
const matching = {
  skill: skillNames,
  /** By input of the descriptor; `reads` is any file that the command reads, `/scratch/…` a fixed path of the line. */
  values: z.record(z.string(), expectation).default({}),
};

/** A rule of a task on the whole plan. */
export const planRule = z.union([
  /** At least so many commands of the skill have these values; `every`: all that the plan has, and there is one. */
  z.strictObject({
    ...named,
    ...matching,
    times: z.int().positive().default(1),
    every: z.boolean().default(false),
  }),
  z.strictObject({ ...named, never: z.strictObject(matching) }),
  /** A command of the first stands before every one of the second. */
  z.strictObject({ ...named, before: z.tuple([skillNames, skillNames]) }),
]);

export type PlanRule = z.infer<typeof planRule>;

/** `verify/plan.yaml`: what must be made, and what a scientist would insist on. */
export const planChecks = z.strictObject({
  products: z.array(insidePath).min(1),
  rules: z.array(planRule).min(1),
});

export type PlanChecks = z.infer<typeof planChecks>;

/** `controls/mutants/<name>.json`: one mistake in the oracle's plan, and the rule that must name it. */
export const planMutant = z.strictObject({
  about: z.string().min(5),
  kills: z.string(),
  edits: z
    .array(
      z.union([
        z.strictObject({
          command: z.int().nonnegative(),
          from: z.array(z.string()).min(1),
          to: z.array(z.string()),
        }),
        z.strictObject({ command: z.int().nonnegative(), add: z.array(z.string()).min(1) }),
        z.strictObject({ remove: z.int().nonnegative() }),
        z.strictObject({ move: z.int().nonnegative(), to: z.int().nonnegative() }),
      ]),
    )
    .min(1),
});

export type PlanMutant = z.infer<typeof planMutant>;

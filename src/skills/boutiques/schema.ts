import { z } from 'zod';

/** Ids of inputs, outputs and groups: letters, digits and underscores, as the Boutiques schema says. */
const id = z.string().regex(/^[0-9A-Za-z_]+$/, 'expected letters, digits and underscores');
const ids = z.array(z.string().min(1));
const scalar = z.union([z.string(), z.number()]);

const input = z.strictObject({
  id,
  name: z.string().min(1),
  type: z.enum(['String', 'Number', 'Flag', 'File']),
  description: z.string().optional(),
  'value-key': z.string().min(1).optional(),
  'command-line-flag': z.string().min(1).optional(),
  'command-line-flag-separator': z.string().optional(),
  optional: z.boolean().default(false),
  list: z.boolean().default(false),
  'list-separator': z.string().optional(),
  'min-list-entries': z.number().int().min(0).optional(),
  'max-list-entries': z.number().int().min(1).optional(),
  integer: z.boolean().default(false),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** True: the minimum itself is not allowed. */
  'exclusive-minimum': z.boolean().default(false),
  'exclusive-maximum': z.boolean().default(false),
  'value-choices': z.array(scalar).min(1).optional(),
  'default-value': z.json().optional(),
  /** Ids of inputs or groups that must be given too. */
  'requires-inputs': ids.default([]),
  'disables-inputs': ids.default([]),
  'value-requires': z.record(z.string(), ids).optional(),
  'value-disables': z.record(z.string(), ids).optional(),
  // Said about paths and quoting for a shell: every path here is a tool path and no shell is used.
  'uses-absolute-path': z.boolean().optional(),
  'use-quotes': z.boolean().optional(),
});

const outputFile = z.strictObject({
  id,
  name: z.string().min(1),
  description: z.string().optional(),
  'value-key': z.string().min(1).optional(),
  'command-line-flag': z.string().min(1).optional(),
  'command-line-flag-separator': z.string().optional(),
  'path-template': z.string().min(1).optional(),
  /** `[{"condition": "template"}, {"default": "template"}]`, the first true condition wins. */
  'conditional-path-template': z.array(z.record(z.string(), z.string())).min(1).optional(),
  'path-template-stripped-extensions': z.array(z.string().min(1)).default([]),
  optional: z.boolean().default(false),
  list: z.boolean().default(false),
  'uses-absolute-path': z.boolean().optional(),
  'file-template': z.unknown().optional(),
});

const group = z.strictObject({
  id,
  name: z.string().min(1),
  description: z.string().optional(),
  members: ids.min(1),
  'mutually-exclusive': z.boolean().default(false),
  'one-is-required': z.boolean().default(false),
  'all-or-none': z.boolean().default(false),
});

/** What Boutiques cannot say. */
const neuroclaw = z.strictObject({
  /** Lists whose flag is repeated before every value: `-x a -x b`. */
  'repeat-flag': z.array(z.string()).default([]),
  /** Words that stand in the command line, in place of `key`, only where the condition `when` holds. */
  sections: z
    .array(
      z.strictObject({
        key: z.string().regex(/^\[[A-Z][A-Z0-9_]*\]$/, 'expected [NAME]'),
        when: z.string().min(1),
        words: z.string().min(1),
      }),
    )
    .optional(),
  /** Inputs that reach the program past its command line: copied into its working folder, or read by an adapter. */
  beside: ids.optional(),
  /** Lists that go together, value by value: where two of a row are given they have the same length. */
  'same-length': z.array(ids.min(2)).optional(),
});

/** What Boutiques allows and the interpreter has no use for: containers, tests and words for people. */
const notInterpreted = z.unknown().optional();

/**
 * A Boutiques descriptor, schema 0.5 (https://github.com/boutiques/boutiques), as far as it decides the command line.
 * Field names are those of Boutiques.
 */
export const descriptorSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  'tool-version': z.string().min(1),
  'schema-version': z.literal('0.5'),
  'command-line': z.string().min(1),
  inputs: z.array(input),
  'output-files': z.array(outputFile).default([]),
  groups: z.array(group).default([]),
  'error-codes': z.array(z.strictObject({ code: z.number().int(), description: z.string() })).default([]),
  custom: z.looseObject({ neuroclaw: neuroclaw.optional() }).optional(),
  author: notInterpreted,
  url: notInterpreted,
  'descriptor-url': notInterpreted,
  doi: notInterpreted,
  'tool-doi': notInterpreted,
  'deprecated-by-doi': notInterpreted,
  shell: notInterpreted,
  'container-image': notInterpreted,
  'environment-variables': notInterpreted,
  tests: notInterpreted,
  'online-platform-urls': notInterpreted,
  'invocation-schema': notInterpreted,
  'suggested-resources': notInterpreted,
  tags: notInterpreted,
});

export type Descriptor = z.infer<typeof descriptorSchema>;
export type DescriptorInput = Descriptor['inputs'][number];
export type DescriptorOutput = Descriptor['output-files'][number];
export type DescriptorGroup = Descriptor['groups'][number];

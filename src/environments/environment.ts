import { z } from 'zod';

const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:<64 hex digits>');

const smokeTest = z.strictObject({
  argv: z.array(z.string()).min(1),
  /** Text that stdout or stderr must contain. */
  prints: z.string().min(1),
});

/** One thing that an installer does. `{home}`, `{work}` (for downloads), `{user}`, `{distribution}`, `{codename}`, `{arch}` are filled in. */
const installStep = z.union([
  z.strictObject({
    argv: z.array(z.string().min(1)).min(1),
    /** With `sudo`, where the person is not root. */
    sudo: z.boolean().default(false),
    about: z.string().min(1),
  }),
  z.strictObject({ write: z.string().startsWith('{work}/'), text: z.string(), about: z.string().min(1) }),
]);

/** How its tools get onto a machine without a container, as their makers advise: data, never a shell. */
const installer = z.strictObject({
  /** Page that advises it. */
  source: z.url(),
  /** `ID` of /etc/os-release of the systems that it is for. */
  systems: z.array(z.string().regex(/^[a-z0-9._-]+$/)).min(1),
  steps: z.array(installStep).min(1),
  /** Folders that the programs end up in, beside those of PATH. */
  path: z.array(z.string().min(1)).default([]),
  /** Variables that the programs need. */
  env: z.record(z.string(), z.string()).default({}),
  /** What a person does afterwards. */
  after: z.string().optional(),
});

/** A pinned place for tools, `environments/<name>/environment.yaml`. */
export const environmentSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string().min(1),
  /** Programs that can be started in it. */
  executables: z.array(z.string().min(1)).min(1),
  /** Python packages that it offers, by the names in `import`. */
  python: z.array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name that is imported')).default([]),
  /** Environments that it may take the place of where they are not available and it offers what a skill needs. */
  stands_in_for: z.array(z.string().regex(/^[a-z0-9][a-z0-9-]*$/)).default([]),
  license: z.string().min(1),
  /** Conditions of use that a person accepts by name before it is locked; the lock says when. */
  terms: z.strictObject({ name: z.string().min(1), url: z.url() }).optional(),
  env: z.record(z.string(), z.string()).default({}),
  gpu: z.boolean().default(false),
  /** CUDA that its programs were built with, where the image does not say it (`CUDA_VERSION`): the oldest driver that will do. */
  cuda: z
    .string()
    .regex(/^\d+\.\d+$/, 'expected N.N')
    .optional(),
  smoke: z.array(smokeTest).default([]),
  install: installer.optional(),
  /** Where and how it can be entered; the first that works here is taken, in the order embedded, docker, apptainer, venv, host. */
  runtimes: z.strictObject({
    /** Executable -> name of a module in src/environments/runtimes/embedded/tools. */
    embedded: z.strictObject({ tools: z.record(z.string(), z.string()) }).optional(),
    docker: z
      .strictObject({
        image: z.string().optional(),
        digest: sha256Digest.optional(),
        /** File beside environment.yaml that says how the image is built from Debian packages. */
        recipe: z.string().optional(),
        /** Dockerfile beside environment.yaml, for tools whose makers have an installer and no image. */
        dockerfile: z.string().optional(),
        source: z.string().optional(),
        /**
         * `resolved`: built or pulled while the product was made; `unverified`: the digest was found in public files and
         * a lock confirms it; `unbuilt`: the Dockerfile was never built where the product was made.
         */
        grade: z.enum(['resolved', 'unverified', 'unbuilt']).optional(),
      })
      .optional(),
    /** A virtual environment of Python packages, from a lock file with hashes beside environment.yaml. */
    venv: z
      .strictObject({
        lock: z.string().min(1),
        /** Version of CPython, major and minor. */
        python: z.string().regex(/^3\.\d+$/, 'expected 3.N'),
      })
      .optional(),
    host: z.strictObject({ packages: z.array(z.string()).default([]) }).optional(),
  }),
});

export type Environment = z.infer<typeof environmentSchema>;
export type RuntimeName = keyof Environment['runtimes'];

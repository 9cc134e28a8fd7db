/**
 * The one table of error classes and codes. CLI text, JSON output, the trace and the generated reference read it;
 * nothing else declares an exit status or a remedy.
 */

/** Why a job or a command ended badly. Each class has its own exit status. */
export const errorClasses = {
  internal: { exit: 1, remedy: 'this is a defect of NeuroClaw: report it with the trace and the version' },
  usage: { exit: 2, remedy: 'see `neuroclaw help` for the command line' },
  input: { exit: 3, remedy: 'correct the named file or field and run again' },
  policy: { exit: 4, remedy: 'change the plan, or allow it in the policy' },
  preflight: { exit: 5, remedy: '`neuroclaw doctor` lists what this machine lacks' },
  oom: { exit: 6, remedy: 'give the job more memory (`--memory`), or run fewer jobs at once' },
  timeout: { exit: 7, remedy: 'raise the walltime of the skill, or look at why the tool hangs' },
  signal: { exit: 8, remedy: 'the tool was killed or crashed: see its stderr in the attempt folder' },
  disk: { exit: 9, remedy: 'free space in the output folder, then `neuroclaw resume`' },
  tool: { exit: 10, remedy: 'see the stderr of the tool in the attempt folder' },
  verification: {
    exit: 11,
    remedy: 'the result is not trusted and was not committed: see the failed checks',
  },
  container: { exit: 12, remedy: 'check that the container engine runs, then `neuroclaw resume`' },
  lost: { exit: 13, remedy: 'the worker disappeared: `neuroclaw resume` repeats what was under way' },
  provider: { exit: 14, remedy: 'check the model provider, or plan by rules' },
  budget: { exit: 15, remedy: 'raise the budget, or make the plan smaller' },
  cancelled: { exit: 130, remedy: '`neuroclaw resume` continues where it stopped' },
} as const satisfies Record<string, { exit: number; remedy: string }>;

export type ErrorClass = keyof typeof errorClasses;

interface CodeEntry {
  readonly class: ErrorClass;
  /** What this code means, for the reference. */
  readonly reason: string;
  /** What to do; the remedy of the class where absent. */
  readonly hint?: string;
}

const codes = {
  'internal.bug': { class: 'internal', reason: 'something happened that the code rules out' },
  'usage.arguments': { class: 'usage', reason: 'the command line cannot be understood' },

  'input.not-found': { class: 'input', reason: 'a file or folder that was named does not exist' },
  'input.unreadable': {
    class: 'input',
    reason: 'a file or folder exists but cannot be read',
    hint: 'check its permissions: NeuroClaw needs to read it',
  },
  'input.malformed': {
    class: 'input',
    reason: 'a file is not what its name says (JSON, TSV, NIfTI, DICOM, YAML)',
  },
  'input.invalid': { class: 'input', reason: 'a value is missing, of the wrong type or out of range' },
  'input.changed': {
    class: 'input',
    reason: 'an input changed while it was being used',
    hint: 'let the writer finish, then `neuroclaw resume`',
  },
  'input.adopted': {
    class: 'input',
    reason: 'results that were adopted are no longer what was verified, or were refused',
    hint: 'look at them again: `neuroclaw adopt FOLDER --out OUT`',
  },
  'skill.invalid': {
    class: 'input',
    reason: 'a skill folder is broken',
    hint: '`neuroclaw skills check` lists every problem with file and field',
  },
  'skill.unknown': {
    class: 'input',
    reason: 'no skill of that name',
    hint: '`neuroclaw skills list` shows the names',
  },
  'agent.invalid': { class: 'input', reason: 'an agent file is broken' },
  'agent.unknown': { class: 'input', reason: 'no agent of that name' },
  'pipeline.invalid': { class: 'input', reason: 'a pipeline file is broken' },
  'pipeline.unknown': { class: 'input', reason: 'no pipeline of that name' },
  'environment.invalid': { class: 'input', reason: 'an environment file is broken' },
  'environment.unknown': { class: 'input', reason: 'no environment of that name' },
  'environment.lock': {
    class: 'input',
    reason: 'the lock file of the environments is broken, or lacks an environment',
    hint: '`neuroclaw env lock NAME` writes it anew',
  },
  'environment.hash': {
    class: 'input',
    reason: 'a package is not the one that was locked: its hash differs',
    hint: 'do not use it: look at the package index that is configured, or lock the packages anew with `uv pip compile`',
  },
  'plan.invalid': {
    class: 'input',
    reason: 'the plan does not follow its schema',
    hint: 'make a plan with `neuroclaw plan`, or correct the named field',
  },
  'plan.cannot': { class: 'input', reason: 'what was asked for cannot be done with these data' },
  'plan.question': {
    class: 'input',
    reason: 'the request can be read in more than one way',
    hint: 'answer the question in the request or with --set',
  },
  'plan.excluded': {
    class: 'input',
    reason: 'the plan leaves a participant out, for the reason that it says',
    hint: 'take the participant out of `exclude` in the plan to bring them back',
  },
  'plan.substitution': {
    class: 'input',
    reason: 'another skill than the preferred one serves a capability',
    hint: 'make the preferred one available, or choose with --use CAPABILITY=SKILL',
  },
  'plan.adapted': {
    class: 'input',
    reason: 'a step was added or adapted so that the pipeline fits the data',
    hint: 'nothing, if the reason is right; else give data that fit',
  },
  'plan.conflict': { class: 'input', reason: 'two jobs of one plan would write the same file' },
  'param.invalid': {
    class: 'input',
    reason: 'a parameter of a skill is unknown, out of range or of the wrong type',
  },
  'run.unknown': {
    class: 'input',
    reason: 'no run of that name in this output folder',
    hint: '`neuroclaw status` lists the runs',
  },
  'reproduction.data': {
    class: 'input',
    reason: 'the data are not those of the run that is to be reproduced',
    hint: 'take the data of that run, or run its plan anew on these: `neuroclaw run`',
  },
  'reproduction.version': {
    class: 'preflight',
    reason: 'the run that is to be reproduced was made by another version of NeuroClaw',
    hint: 'install that version: `npm install --global neuroclaw@VERSION`',
  },
  'reproduction.environment': {
    class: 'preflight',
    reason: 'an environment is not the one of the run that is to be reproduced',
    hint: 'bring the image or the Python environment of that run to this machine; `neuroclaw env list` shows what is here',
  },
  'reproduction.program': {
    class: 'input',
    reason: 'a skill is not the program that it was in the run that is to be reproduced',
    hint: 'take the folder of that skill from where the run was made',
  },
  'reproduction.keys': {
    class: 'verification',
    reason: 'a run that was repeated gave other keys',
    hint: 'the list of jobs says where the two part; `neuroclaw diff` says by what',
  },
  'task.invalid': {
    class: 'input',
    reason: 'a task of the benchmark is broken',
    hint: 'correct the named file and field; `neuroclaw bench check TASK` runs its controls',
  },
  'task.unknown': {
    class: 'input',
    reason: 'no task of that name',
    hint: '`neuroclaw bench list` shows the names',
  },
  'task.data': {
    class: 'preflight',
    reason: 'data that a task of the benchmark needs are not here, or are not those that it locks',
    hint: 'set NEUROCLAW_BENCH_DATA to the folder that holds them; tasks with a generator need none',
  },
  'trace.broken': {
    class: 'input',
    reason: 'the trace does not verify',
    hint: '`neuroclaw trace verify` names the lines',
  },

  'policy.denied': { class: 'policy', reason: 'the policy forbids a job of the plan' },
  'policy.approval': {
    class: 'policy',
    reason: 'the plan was not approved',
    hint: 'approve it at the prompt, or pass --yes',
  },

  'preflight.lock': {
    class: 'preflight',
    reason: 'another process works in this output folder',
    hint: 'wait for it, or stop it; --force-unlock only if it ran on another host and is gone',
  },
  'preflight.permission': { class: 'preflight', reason: 'the output folder cannot be written' },
  'preflight.disk': { class: 'preflight', reason: 'too little free space for the plan' },
  'preflight.environment': {
    class: 'preflight',
    reason: 'an environment that the plan needs is not available here',
  },
  'preflight.engine': {
    class: 'preflight',
    reason: 'no container engine answers',
    hint: 'start Docker or Podman, or name its socket in DOCKER_HOST',
  },
  'preflight.engine-permission': {
    class: 'preflight',
    reason: 'the socket of the container engine may not be used by this user',
    hint: 'add the user to the group that owns the socket (`docker`), or use a rootless engine',
  },
  'preflight.image': {
    class: 'preflight',
    reason: 'the image of an environment is missing, or is not the one that was locked',
    hint: '`neuroclaw env lock NAME` pulls or builds it',
  },
  'preflight.builder': {
    class: 'preflight',
    reason: 'the program that builds images from Debian packages is missing',
    hint: 'install it: `apt install mmdebstrap`',
  },
  'preflight.python': {
    class: 'preflight',
    reason: 'the version of Python that an environment is locked for is not on this machine',
    hint: 'install it: `apt install python3.11 python3.11-venv`, or `uv python install 3.11`',
  },
  'preflight.packages': {
    class: 'preflight',
    reason: 'the packages of a Python environment could not be fetched or installed',
    hint: 'check the network and the package index, or lock an environment of Debian packages in its place',
  },
  'preflight.installer': {
    class: 'preflight',
    reason: 'tools could not be installed on this machine, or do not start afterwards',
    hint: 'look at the log of the installation; `neuroclaw env install NAME --print` shows the commands',
  },
  'preflight.gpu': {
    class: 'preflight',
    reason: 'a GPU was asked for and the container engine offers none',
    hint: 'install the NVIDIA container toolkit, or choose a skill that runs on the CPU',
  },
  'preflight.license': {
    class: 'preflight',
    reason: 'a licence file that a tool needs is missing or cannot be read inside its container',
    hint: 'name the licence file in the settings (FreeSurfer: https://surfer.nmr.mgh.harvard.edu/registration.html)',
  },
  'preflight.terms': {
    class: 'preflight',
    reason: 'conditions of use of a tool have not been accepted',
    hint: 'read them and accept them by name with `neuroclaw env lock NAME --accept TERMS`',
  },
  'preflight.not-allowed': {
    class: 'preflight',
    reason: 'a runtime must be allowed by the person first',
    hint: 'pass --allow-host to use tools found on PATH',
  },

  'job.oom': { class: 'oom', reason: 'the tool used more memory than it was given' },
  'job.timeout': { class: 'timeout', reason: 'the tool did not finish within its walltime' },
  'job.signal': { class: 'signal', reason: 'the tool was ended by a signal' },
  'job.tool': { class: 'tool', reason: 'the tool exited with an error' },
  'job.verification': { class: 'verification', reason: 'an output failed its checks' },
  'job.disk': { class: 'disk', reason: 'the disk is full' },
  'job.lost': { class: 'lost', reason: 'the worker of the job disappeared' },
  'job.container': { class: 'container', reason: 'the container engine failed' },
  'container.build': { class: 'container', reason: 'an image could not be built from its recipe' },
  'container.pull': {
    class: 'container',
    reason: 'an image could not be pulled from its registry',
    hint: 'check the network and the reference, then repeat `neuroclaw env lock NAME`',
  },
  'container.smoke': {
    class: 'container',
    reason: 'a tool does not start in a new image, or is not the version that was expected',
    hint: 'the image was not locked: correct its recipe or the smoke test',
  },
  'job.cancelled': { class: 'cancelled', reason: 'the run was cancelled' },

  'provider.unknown': {
    class: 'provider',
    reason: 'no model provider of that name, or its package is not installed',
    hint: 'name a model as provider:model, such as openai:gpt-5-mini or ollama:qwen3, or plan by rules',
  },
  'provider.key': {
    class: 'provider',
    reason: 'the model provider wants a key that is missing or wrong',
    hint: 'put the key into the environment variable of the provider, or into a file that only you can read',
  },
  'provider.unreachable': {
    class: 'provider',
    reason: 'the model provider does not answer',
    hint: 'check the network and the address of the model, or plan by rules',
  },
  'provider.request': {
    class: 'provider',
    reason: 'the model provider refused the request',
    hint: 'check the name of the model and what it can do (tools, structured answers)',
  },
  'provider.rate-limit': {
    class: 'provider',
    reason: 'the model provider allows no more requests now',
    hint: 'wait, or choose another model',
  },
  'provider.server': {
    class: 'provider',
    reason: 'the model provider failed, also when asked again',
    hint: 'wait, choose another model, or plan by rules',
  },
  'provider.timeout': {
    class: 'provider',
    reason: 'the model provider did not answer in time, or went quiet in the middle of an answer',
    hint: 'try again, raise model_timeout_s in the settings, or choose another model',
  },
  'provider.cut': {
    class: 'provider',
    reason: 'the answer of a model ended before it was complete',
    hint: 'ask again; if it repeats, the provider or something between cuts long answers',
  },
  'provider.answer': {
    class: 'provider',
    reason: 'what answered is not a model provider, or its answer cannot be read',
    hint: 'check the address of the model: it must speak the protocol of its provider',
  },
  'provider.context': {
    class: 'provider',
    reason: 'the conversation is longer than the model can read',
    hint: 'start a new conversation, or choose a model with a larger context',
  },
  'provider.refused': {
    class: 'provider',
    reason: 'the model declined to answer',
    hint: 'ask in other words, choose another model, or plan by rules',
  },
  'provider.tape': {
    class: 'provider',
    reason: 'the recording of a model does not hold what was asked',
    hint: 'record anew: the version, the data or the question differ from the recorded ones',
  },
  'budget.tokens': { class: 'budget', reason: 'the tokens of the conversation are spent' },
  'budget.money': { class: 'budget', reason: 'the money of the conversation is spent' },
  'budget.time': { class: 'budget', reason: 'the time of the conversation is spent' },
  'budget.turns': { class: 'budget', reason: 'an agent used all its turns without coming to an end' },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof codes;

export const errorCodes: Readonly<Record<ErrorCode, CodeEntry>> = codes;

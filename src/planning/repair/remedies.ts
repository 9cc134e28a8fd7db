import type { ErrorClass, ErrorCode } from '../../kernel/error-codes.js';
import { matchesGlob } from '../glob.js';

/** What is known of one failure: of a job, of compiling a stage, or of the run. */
export interface FailureEvidence {
  readonly stage: string;
  readonly job?: string;
  readonly step?: string;
  readonly skill?: string;
  readonly code: ErrorCode;
  readonly class: ErrorClass;
  readonly message: string;
  /** Codes of failed checks and other findings. */
  readonly checks: readonly string[];
  /** Messages and suggestions of findings, and the last lines that the tool wrote. */
  readonly text: string;
  /** Label without `sub-`, where the failure is of one participant. */
  readonly participant?: string;
}

/** Ways out that can be put into a plan; what each needs is taken from the evidence. */
export type Way = 'exclude' | 'more-memory' | 'more-time' | 'as-suggested' | 'other-skill';

export interface Remedy {
  readonly id: string;
  readonly when: {
    readonly codes?: readonly ErrorCode[];
    readonly classes?: readonly ErrorClass[];
    /** Patterns of skills, such as `freesurfer/*`. */
    readonly skills?: readonly string[];
    /** Codes of failed checks. */
    readonly checks?: readonly string[];
    /** Found in the message, in findings or in the last lines of the tool. */
    readonly text?: RegExp;
  };
  readonly what: string;
  readonly why: string;
  /** In the order of preference. */
  readonly ways: readonly Way[];
  /** What only a person can do. */
  readonly person: string;
}

/**
 * Failures that the field meets most, the more exact ones first. Everything given in `when` must hold: one of the
 * codes or classes, one of the skills, and a check or the text where both are given.
 */
export const remedies: readonly Remedy[] = [
  {
    id: 'licence',
    when: {
      text: /licen[cs]e (?:file )?(?:is |was )?(?:not found|missing|not configured)|FS_LICENSE|FreeSurfer licen[cs]e/i,
    },
    what: 'The licence that a tool needs is not there.',
    why: 'FreeSurfer starts only with a licence file that its makers send for free; without it every program of it ends at once.',
    ways: ['other-skill'],
    person:
      'ask for one at https://surfer.nmr.mgh.harvard.edu/registration.html, and name the file in FS_LICENSE',
  },
  {
    id: 'licence',
    when: { codes: ['preflight.license'] },
    what: 'The licence that a tool needs is not there.',
    why: 'The tool starts only with a licence file of its makers.',
    ways: ['other-skill'],
    person: 'get the licence of the tool, and name the file in the settings',
  },
  {
    id: 'memory',
    when: { codes: ['job.oom'] },
    what: 'The tool needed more memory than it was given.',
    why: 'Memory grows with the number of voxels, volumes or streamlines; the contract of the skill is made for usual sizes.',
    ways: ['more-memory'],
    person: 'run on a machine with more memory, or fewer jobs at once (`--cpus`)',
  },
  {
    id: 'memory',
    when: {
      classes: ['tool', 'signal'],
      text: /cannot allocate memory|std::bad_alloc|out of memory|MemoryError|Unable to allocate/i,
    },
    what: 'The tool says that it got no more memory.',
    why: 'Memory grows with the number of voxels, volumes or streamlines; the contract of the skill is made for usual sizes.',
    ways: ['more-memory'],
    person: 'run on a machine with more memory, or fewer jobs at once (`--cpus`)',
  },
  {
    id: 'time',
    when: { codes: ['job.timeout'] },
    what: 'The tool did not finish in its time.',
    why: 'Larger images, or a machine slower than the one the time was measured on; or the tool hangs.',
    ways: ['more-time'],
    person: 'look at the last lines of its log whether it was still at work',
  },
  {
    id: 'disk',
    when: { codes: ['job.disk', 'preflight.disk'] },
    what: 'The disk is full.',
    why: 'Results, their copies in the dataset and the scratch of jobs lie in the output folder.',
    ways: [],
    person: 'free space there (`.neuroclaw/failed` and `damaged` may go), then `neuroclaw resume`',
  },
  {
    id: 'gpu',
    when: { text: /no (?:usable )?gpu|GPU was asked for|CUDA (?:driver|error)|no CUDA-capable device/i },
    what: 'There is no GPU that the tool can use.',
    why: 'The container engine offers none: no card, no driver, or no NVIDIA container toolkit.',
    ways: ['other-skill'],
    person: 'install the NVIDIA container toolkit, or run on a machine with a GPU',
  },
  {
    id: 'gradient-count',
    when: {
      checks: ['gradients.count'],
      text: /(?:directions|b-values|gradients|bvals?|bvecs?)[^.]*(?:volumes|directions|b-values|columns|values)/i,
    },
    what: 'The table of gradients does not fit the series: another number of directions than of volumes.',
    why: 'Volumes were removed (a mean that the scanner added, bad volumes) and the .bval and .bvec were not, or files of two series were mixed.',
    ways: ['exclude'],
    person: 'convert the series again, so that image and gradients are written together',
  },
  {
    id: 'no-b0',
    when: { checks: ['gradients.b0'], text: /no b=0 volume|zero b=0|no b ?= ?0/i },
    what: 'The series has no volume without diffusion weighting.',
    why: 'Every model of diffusion needs the signal at b=0; it is often a series of its own that was not put together with this one.',
    ways: ['exclude'],
    person: 'look for the b=0 series of that session and put the two together before running',
  },
  {
    id: 'repetition-time',
    when: { text: /RepetitionTime[^.]*missing|RepetitionTime says|RepetitionTime.*header/i },
    what: 'The repetition time is missing, or sidecar and header disagree.',
    why: 'Filters and models turn seconds into volumes by it: a wrong one gives results that look right and are not.',
    ways: ['exclude'],
    person: 'write RepetitionTime (s) into the sidecar, as the protocol of the scanner says',
  },
  {
    id: 'field-map',
    when: { text: /distortion of .* cannot be corrected|no field ?map|IntendedFor/i },
    what: 'There is no field map for the image.',
    why: 'Distortion is measured by images of opposite phase encoding or a field map, and something must say which image they are for.',
    ways: ['as-suggested', 'exclude'],
    person: 'add B0FieldIdentifier or IntendedFor to the sidecar of the field map that was acquired',
  },
  {
    id: 'slice-timing',
    when: { text: /slice timing of .* cannot be corrected/i },
    what: 'The times of the slices are missing or cannot be right.',
    why: 'They come from the scanner by the sidecar (SliceTiming) and cannot be guessed from the image.',
    ways: ['as-suggested', 'exclude'],
    person: 'write SliceTiming into the sidecar, as the protocol says',
  },
  {
    id: 'shells',
    when: { text: /one shell above b=0, and several were asked for/i },
    what: 'The series has one shell, and a model of several was asked for.',
    why: 'Tissues are told apart by how their signal falls with b: with one b-value there is nothing to fit.',
    ways: ['as-suggested', 'exclude'],
    person: 'choose the model for one shell',
  },
  {
    id: 'oblique',
    when: { text: /\boblique\b|qform and sform|sform and qform|qform.*sform/i },
    what: 'The affine of an image is oblique, or its two affines disagree.',
    why: 'Some tools take the axes of the voxels for those of the scanner: what they make is turned against the rest.',
    ways: ['exclude'],
    person: 'convert the image again, or make both affines the one that the scanner wrote',
  },
  {
    id: 'topology',
    when: {
      text: /mris_fix_topology|CORRECTING DEFECT \d+ \(vertices=\d{4,}|topolog(?:y|ical) (?:defect|fix)/i,
    },
    what: 'FreeSurfer could not mend the topology of a surface.',
    why: 'A defect of thousands of vertices means that the white matter was segmented wrongly: skull, dura or a lesion in it.',
    ways: ['exclude'],
    person: 'look at the segmentation (wm.mgz) and edit it, or begin from a better T1w image',
  },
  {
    id: 'damaged-file',
    when: { text: /gzip|truncated|is cut|unexpected end|not a NIfTI|checksum/i },
    what: 'A file of the data is damaged.',
    why: 'A copy that broke off, or a disk that lost something.',
    ways: ['exclude'],
    person: 'copy the file again from where it came from',
  },
  {
    id: 'engine',
    when: { codes: ['preflight.engine', 'preflight.engine-permission', 'job.container'] },
    what: 'The container engine does not answer.',
    why: 'It is not running, or this user may not use its socket.',
    ways: ['other-skill'],
    person: 'start Docker or Podman, then `neuroclaw resume`',
  },
  {
    id: 'environment',
    when: {
      codes: [
        'preflight.environment',
        'preflight.image',
        'preflight.python',
        'preflight.packages',
        'preflight.not-allowed',
      ],
    },
    what: 'An environment that the plan needs is not on this machine.',
    why: 'Tools run only in environments that were locked here.',
    ways: ['other-skill'],
    person: '`neuroclaw env lock NAME` pulls or builds it; `neuroclaw doctor` lists what is missing',
  },
  {
    id: 'rejected',
    when: { classes: ['verification'] },
    what: 'A result did not pass its checks, and was not committed.',
    why: 'Most often the data of one participant are unusual: look at the failed checks and at the image.',
    ways: ['exclude'],
    person: 'look at the attempt that was kept, and at the image that went into it',
  },
  {
    id: 'tool',
    when: { classes: ['tool', 'signal'] },
    what: 'The tool ended with an error that is not among the known ones.',
    why: 'Its last lines say more.',
    ways: ['exclude'],
    person: 'read its stderr in the attempt that was kept',
  },
];

/** The first remedy that fits; undefined where none does. */
export function remedyFor(evidence: FailureEvidence): Remedy | undefined {
  return remedies.find(({ when }) => fits(when, evidence));
}

function fits(when: Remedy['when'], evidence: FailureEvidence): boolean {
  const { codes, classes, skills, checks, text } = when;
  if (codes !== undefined && !codes.includes(evidence.code)) return false;
  if (classes !== undefined && !classes.includes(evidence.class)) return false;
  if (skills !== undefined && !skills.some((pattern) => matchesGlob(pattern, evidence.skill ?? '')))
    return false;
  if (checks === undefined && text === undefined) return true;
  const said = `${evidence.message}\n${evidence.text}`;
  return (checks?.some((code) => evidence.checks.includes(code)) ?? false) || (text?.test(said) ?? false);
}

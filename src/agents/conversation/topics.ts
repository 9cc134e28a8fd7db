import { readWords } from '../../planning/request/words.js';

/** What a question about the state of things can be about. */
export const topicNames = [
  'dataset',
  'odd',
  'difference',
  'excluded',
  'what-if',
  'methods',
  'results',
  'status',
  'history',
  'abilities',
  'memory',
] as const;
export type TopicName = (typeof topicNames)[number];

export interface Topic {
  readonly name: TopicName;
  /** The question, as it was asked. */
  readonly text: string;
}

/** Words that questions about the state are made of: typing errors are read over with them. */
const words = `what which why how when who where is are was were does do did the this that these my our your in on of about
  dataset data folder participant participants subject subjects session sessions task tasks run runs files there have contain
  contains inside describe overview summary summarise summarize odd weird strange wrong missing unusual problem problems
  changed change differ difference differences different compare between last two previous before since excluded exclude
  skipped left out failed fail crashed error rejected processed would happen happens rerun repeat again set use methods method
  paragraph citations cite references paper written done made computed results result numbers output outputs show list came
  status progress running finished going far long remaining approved decided history happened can could able pipelines help
  remember memory know many much`;
const vocabulary = new Set(words.split(/\s+/));

interface Rule {
  readonly name: TopicName;
  readonly when: RegExp;
  /** What speaks against it. */
  readonly unless?: RegExp;
}

/** Words that make a question about data a wish for work: `what is the quality of the T1w`, `is it valid`. */
const WORK =
  /\b(valid\w*|compliant|quality|qc|fa|md|tsnr|snr|connectivity|activation|contrast|spectr\w+|power|volume of|thickness)\b/;

/** The first that fits counts: from the narrow to the wide. */
const rules: readonly Rule[] = [
  {
    name: 'what-if',
    when: /\b(what|which|how much|how many|anything)\b.*\b(re-?run|repeat(ed)?|redo|recomputed?|run again|happens?|change[sd]?)\b.*\b(if|when|with)\b|\bwhat if\b|\bif i (set|change|use|raise|lower|increase|decrease|take|switch)\b.*\b(re-?run|again|happens?|change)/,
  },
  {
    name: 'difference',
    when: /\b(changed?|changes|differ(s|ent|ence|ences)?|compare|diff)\b.*\b(runs?|last time|before|previous(ly)?|the two)\b|\b(runs?|last time)\b.*\b(differ(s|ent|ence|ences)?|changed|compare)\b/,
    unless: /\b(patients?|controls?|groups?|conditions?|contrast)\b/,
  },
  {
    name: 'excluded',
    when: /\b(why|how come|what happened to|reason)\b.*\b(exclud\w*|skip\w*|left out|missing|not (there|processed|in|run|done|included)|fail\w*|crash\w*|error|reject\w*|drop\w*|gone|sub-?\s?\w+)\b|\bwhat (went wrong|failed)\b|\bwhy (is|was|are|were)n'?t\b/,
  },
  {
    name: 'methods',
    when: /\b(methods?) ?(section|paragraph|text|part)?\b.*\b(paper|manuscript|write|give|show|please|run|this)\b|\b(write|give|show|draft|need|want)\b.*\b(methods?|citations?|references?)\b|\bhow (was|were|did|has|have) (this|these|it|that|the|you|we)\b.*\b(done|made|computed|processed|calculated|compute|process|do|make|analy[sz]ed?|run)\b|^methods?\b|\bwhat (do|should|must) (i|we) cite\b|\bwhich (tools?|software|versions?)\b.*\b(used|cite|ran)\b/,
  },
  {
    name: 'results',
    when: /\b(show|see|list|give|print|open|display)\b.*\b(results?|numbers|outputs?|tables?|qc values)\b|\bwhat (came|comes) out\b|\bwhat (are|were) the (results?|numbers|values)\b|^(the )?results?\b|\bwhere (are|is) (the|my) (results?|outputs?|files)\b/,
    unless: /\bdataset\b/,
  },
  {
    name: 'status',
    when: /\bstatus\b|\bhow far\b|\bprogress\b|\b(is|are) (it|they|that|this|the run|the jobs?|everything) (done|finished|ready|still running|running|over)\b|\bstill running\b|\bwhat('?s| is) (running|going on)\b|\bhow long\b.*\b(take|left|remaining|until)\b|\bwhen (will|is) (it|this)\b|\b(done|finished) yet\b|\bdid (it|that|the run) (work|finish|fail)\b/,
  },
  {
    name: 'history',
    when: /\bwho (approved|decided|said|ran|started|made|planned|proposed|asked|chose)\b|\bwhat (did|have) (we|you|i) (do|did|run|ran|done)\b|\bwhich runs\b|\b(history|log) of\b|\bwhat happened\b/,
  },
  {
    name: 'memory',
    when: /\bwhat do you (remember|know about me|keep in mind)\b|\b(show|edit|open)\b.*\bmemory\b|^memory$/,
  },
  {
    name: 'abilities',
    when: /^(?:(?:hi|hello|hey|so|ok(?:ay)?)\b[\s,!.]*)*(?:what (?:can|could) (?:you|i|we|be)\b|what (?:are you able|is possible)\b|which pipelines\b|(?:list|show)\b.*\b(?:pipelines|what you can)\b|help\b|what (?:analyses|analysis|preprocessing|steps?) (?:can|could|are)\b|what do you do\b|how do(?:es)? (?:i|this|it) (?:start|work|use)\b|how to (?:start|begin)\b)/,
  },
  {
    name: 'odd',
    when: /\b(what|anything|something|is there)\b.*\b(odd|weird|strange|wrong|unusual|suspicious|problems?|issues?)\b|\b(what|anything|something|who|which)\b.*\bmissing\b|\bmissing (data|files|scans?|sessions?|runs?)\b/,
  },
  {
    name: 'dataset',
    when: /\bwhat('?s| is| are| do(es)?| kind)\b.*\b(in|inside|there|have|got|contains?|dataset|data)\b|\b(describe|overview|summar(y|ise|ize)|look at|tell me about|explain)\b.*\b(data|dataset|folder|study|it|this)\b|\bhow many\b|\bwhich (participants?|subjects?|tasks?|sessions?|modalit\w+|scans?|data)\b|\bdo (i|we) have\b|\bis there (any|a)\b|\bdoes (it|this|the dataset|my dataset|the data|every\w*) (have|contain|include)\b|^(dataset|data)$/,
    unless: WORK,
  },
];

/** The topic of a question about the state of data, runs and plans; undefined: it is a wish for work. */
export function topicOf(text: string): Topic | undefined {
  const { tokens } = readWords(text, vocabulary, () => false);
  const corrected = tokens.map(({ raw, word, kind }) =>
    kind === 'word' && vocabulary.has(word) ? formOf(raw, word) : raw.toLowerCase(),
  );
  const plain = text.toLowerCase().replace(/[’`]/g, "'");
  const both = [plain, corrected.join(' ')];
  for (const { name, when, unless } of rules) {
    if (!both.some((form) => when.test(form))) continue;
    if (unless !== undefined && both.some((form) => unless.test(form))) continue;
    return { name, text };
  }
  return undefined;
}

/** Reading gives the shortest word of a stem; the form that was written says more (`changed`, not `change`). */
function formOf(raw: string, word: string): string {
  return vocabulary.has(raw.toLowerCase()) ? raw.toLowerCase() : word;
}

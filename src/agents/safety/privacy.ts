/** What of a person's data may reach a model's provider. Nothing of it, unless the person says so. */
export interface Sharing {
  /** Labels of participants as they are; otherwise they are numbered. */
  readonly participants: boolean;
  /** Dates and times of examinations. */
  readonly dates: boolean;
  /** Free text: names of datasets, READMEs, descriptions of series, comments. */
  readonly text: boolean;
}

export const nothingShared: Sharing = { participants: false, dates: false, text: false };

/** ISO dates, DICOM dates, clock times, and dates with points or strokes. */
const DATES =
  /\b(?:19|20)\d{2}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?\b|\b(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b|\b\d{1,2}[./]\d{1,2}[./](?:19|20)?\d{2}\b|\b\d{2}:\d{2}:\d{2}(?:\.\d+)?\b/g;

/**
 * Stands between the data and a model: labels become numbers on the way out (`sub-JaneDoe` is `sub-p01`) and labels
 * again on the way back. The numbers follow the order of the dataset, so that a recording fits the next run.
 */
export class Privacy {
  readonly sharing: Sharing;
  readonly #toAlias = new Map<string, string>();
  readonly #toLabel = new Map<string, string>();

  constructor(labels: readonly string[], sharing: Sharing = nothingShared) {
    this.sharing = sharing;
    if (sharing.participants) return;
    const width = Math.max(2, String(labels.length).length);
    for (const [index, label] of labels.entries()) {
      const alias = `p${String(index + 1).padStart(width, '0')}`;
      this.#toAlias.set(label, alias);
      this.#toLabel.set(alias, label);
    }
  }

  alias(label: string): string {
    return this.#toAlias.get(label) ?? label;
  }

  /** The label that a model means; undefined: it names nobody. With or without `sub-`. */
  label(alias: string): string | undefined {
    const bare = alias.replace(/^sub-/, '');
    return this.sharing.participants ? bare : this.#toLabel.get(bare);
  }

  /** A text on its way to a model: `sub-` labels, bare labels that are no plain numbers, and dates are replaced. */
  hide(text: string): string {
    let hidden = text;
    if (this.#toAlias.size > 0)
      hidden = hidden.replace(/\bsub-([A-Za-z0-9]+)/g, (whole, label: string) => {
        const alias = this.#toAlias.get(label);
        return alias === undefined ? whole : `sub-${alias}`;
      });
    for (const [label, alias] of this.#toAlias)
      if (/[A-Za-z]/.test(label) && label.length >= 3)
        hidden = hidden.replace(new RegExp(`(?<![A-Za-z0-9])${label}(?![A-Za-z0-9])`, 'gi'), alias);
    return this.sharing.dates ? hidden : hidden.replace(DATES, '[date]');
  }

  /** A text on its way back to the person. */
  show(text: string): string {
    if (this.#toLabel.size === 0) return text;
    return text.replace(/\b(sub-)?(p\d{2,})\b/g, (whole, prefix: string | undefined, alias: string) => {
      const label = this.#toLabel.get(alias);
      return label === undefined ? whole : `${prefix ?? 'sub-'}${label}`;
    });
  }

  /** Free text, or a word in its place. */
  freeText(text: string): string {
    return this.sharing.text ? this.hide(text) : '[text not shared]';
  }
}

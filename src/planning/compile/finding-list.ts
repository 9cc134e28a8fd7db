import type { Finding } from '../../kernel/findings.js';

/** Findings of a compilation: the same problem of many jobs is told once, with how often it stands. */
export class FindingList {
  readonly #findings = new Map<string, { finding: Finding; more: number }>();

  add(...findings: readonly Finding[]): void {
    for (const finding of findings) {
      const { file, field, skill } = finding.place ?? {};
      const key = [finding.code, finding.severity, finding.message, file, field, skill].join('\n');
      const known = this.#findings.get(key);
      if (known === undefined) this.#findings.set(key, { finding, more: 0 });
      else known.more += 1;
    }
  }

  /** Errors first, otherwise in the order in which they came. */
  all(): Finding[] {
    const findings = [...this.#findings.values()].map(({ finding, more }) =>
      more === 0 || finding.place?.job === undefined
        ? finding
        : { ...finding, message: `${finding.message} (and so in ${more} more jobs)` },
    );
    const rank = { error: 0, warning: 1, info: 2 } as const;
    return findings.sort((a, b) => rank[a.severity] - rank[b.severity]);
  }

  hasErrorAt(file: string): boolean {
    return [...this.#findings.values()].some(
      ({ finding }) => finding.severity === 'error' && finding.place?.file === file,
    );
  }

  get hasErrors(): boolean {
    return [...this.#findings.values()].some(({ finding }) => finding.severity === 'error');
  }
}

/** What is there at a point of a plan, by path: inputs of the task, then what earlier commands would have made. */
export class Files {
  readonly #files = new Set<string>();
  /** Folders whose content is not known in detail: everything below them may be there. */
  readonly #folders = new Set<string>();

  add(path: string, isFolder: boolean): void {
    (isFolder ? this.#folders : this.#files).add(path);
  }

  has(path: string): boolean {
    if (this.#files.has(path) || this.#folders.has(path)) return true;
    // FSL takes an image by its name without the extension.
    if (this.#files.has(`${path}.nii.gz`)) return true;
    if ([...this.#folders].some((folder) => path.startsWith(`${folder}/`))) return true;
    return [...this.#files, ...this.#folders].some((known) => known.startsWith(`${path}/`));
  }

  /** Whether files begin with this text: `out/topup` stands for `out/topup_fieldcoef.nii.gz`. */
  hasPrefix(path: string): boolean {
    return (
      this.has(path) ||
      [...this.#files].some((known) => /^[_.]/.test(known.slice(path.length)) && known.startsWith(path))
    );
  }
}

/** Whether a role takes a file of another kind. Programs of MRtrix3 read NIfTI, too; nobody else reads MIF. */
export function fits(kind: string, wanted: string): boolean {
  return kind === wanted || kind === 'any' || wanted === 'any' || (wanted === 'mif' && kind === 'nifti');
}

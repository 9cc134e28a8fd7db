/**
 * Adapters by name with their version: behaviours that descriptors cannot state. A version is part of the program
 * digest of every skill that names the adapter, so raising it reruns those skills.
 */
export const adapterVersions: ReadonlyMap<string, string> = new Map<string, string>([
  ['bids-app', '1'],
  ['feat-design', '1'],
  ['freesurfer-subject', '2'],
  ['lta-matrix', '1'],
  ['mcflirt-motion', '1'],
]);

/** A region of the Desikan-Killiany parcellation: its name, and its number in `aparc+aseg.mgz`. */
export interface Region {
  readonly name: string;
  readonly label: number;
}

/** Cortex of one side, in the order of FreeSurfer's numbers 1 to 35 of a side; 4, the corpus callosum, is no cortex. */
const cortex =
  `bankssts caudalanteriorcingulate caudalmiddlefrontal - cuneus entorhinal fusiform inferiorparietal
  inferiortemporal isthmuscingulate lateraloccipital lateralorbitofrontal lingual medialorbitofrontal middletemporal
  parahippocampal paracentral parsopercularis parsorbitalis parstriangularis pericalcarine postcentral posteriorcingulate
  precentral precuneus rostralanteriorcingulate rostralmiddlefrontal superiorfrontal superiorparietal superiortemporal
  supramarginal frontalpole temporalpole transversetemporal insula`.split(/\s+/);

function cortexOf(side: 'lh' | 'rh'): Region[] {
  const first = side === 'lh' ? 1000 : 2000;
  return cortex.flatMap((name, index) =>
    name === '-' ? [] : [{ name: `ctx-${side}-${name}`, label: first + index + 1 }],
  );
}

function deep(side: 'Left' | 'Right', labels: readonly number[]): Region[] {
  const names = ['Thalamus', 'Caudate', 'Putamen', 'Pallidum', 'Hippocampus', 'Amygdala', 'Accumbens-area'];
  return names.map((name, index) => ({ name: `${side}-${name}`, label: labels[index] ?? 0 }));
}

/**
 * The 84 regions of a connectome from FreeSurfer's default parcellation, in the order that MRtrix3 gives them (1 to 84): left
 * cortex, left cerebellum, left deep grey matter, right deep grey matter, right cortex, right cerebellum.
 *
 * Numbers: FreeSurferColorLUT.txt (https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/AnatomicalROI/FreeSurferColorLUT);
 * order: fs_default.txt of MRtrix3; atlas: Desikan et al. 2006, doi:10.1016/j.neuroimage.2006.01.021.
 */
export const desikanKilliany: readonly Region[] = [
  ...cortexOf('lh'),
  { name: 'Left-Cerebellum-Cortex', label: 8 },
  ...deep('Left', [10, 11, 12, 13, 17, 18, 26]),
  ...deep('Right', [49, 50, 51, 52, 53, 54, 58]),
  ...cortexOf('rh'),
  { name: 'Right-Cerebellum-Cortex', label: 47 },
];

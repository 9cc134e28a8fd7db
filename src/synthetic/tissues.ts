/** What a tissue is to the scanner, at 3 T and body temperature. */
export interface Tissue {
  readonly name: string;
  /** Proton density relative to water. */
  readonly pd: number;
  readonly t1S: number;
  readonly t2S: number;
  readonly t2StarS: number;
  /** Mean diffusivity, mm^2/s. */
  readonly md: number;
  /** What fat suppression, as in echo-planar imaging, leaves of its signal. */
  readonly fatSuppressed: number;
}

const tissue = (
  name: string,
  [pd, t1S, t2S, t2StarS, md]: readonly [number, number, number, number, number],
  fatSuppressed = 1,
): Tissue => ({ name, pd, t1S, t2S, t2StarS, md, fatSuppressed });

/**
 * The tissues of the phantom; the index is the label.
 *
 * - T1 of grey and white matter: Wright et al., MAGMA 21:121, 2008 (MPRAGE, 3 T).
 * - T2: Cox & Gowland, Magn Reson Med 64:1440, 2010, PMID 20593370 (3 T, frontal grey; white).
 * - T2*: Peters et al., Magn Reson Imaging 25:748, 2007 (3 T).
 * - Proton densities of grey and white: BrainWeb, Kwan et al., IEEE Trans Med Imaging 18:1085, 1999.
 * - Trace of the diffusion tensor 2.1e-3 mm^2/s in white matter, more in the cortex: Pierpaoli et al., Radiology
 *   201:637, 1996.
 * - Cerebrospinal fluid and the vitreous body: T1 of Rooney et al., Magn Reson Med 57:308, 2007; free water diffusion.
 * - The scalp is subcutaneous fat: de Bazelaire et al., Radiology 230:652, 2004.
 *
 * T2 and T2* of fluid, T2* of fat, and the capsule (doped water) are round numbers in the range of practice.
 */
export const tissues: readonly Tissue[] = [
  tissue('air', [0, 1, 1, 1, 0]),
  tissue('scalp', [0.9, 0.382, 0.068, 0.04, 0], 0.1),
  tissue('skull', [0, 1, 1, 1, 0]),
  tissue('csf', [1, 4.3, 2, 1, 3.0e-3]),
  tissue('grey', [0.86, 1.607, 0.076, 0.066, 0.8e-3]),
  tissue('white', [0.77, 0.838, 0.071, 0.053, 0.7e-3]),
  tissue('ventricle', [1, 4.3, 2, 1, 3.0e-3]),
  tissue('vitreous', [1, 4.3, 2, 1, 3.0e-3]),
  tissue('marker', [1, 0.3, 0.25, 0.2, 2.0e-3]),
];

/** Labels by name, as they stand in label images. */
export const label = {
  air: 0,
  scalp: 1,
  skull: 2,
  csf: 3,
  grey: 4,
  white: 5,
  ventricle: 6,
  vitreous: 7,
  marker: 8,
} as const;

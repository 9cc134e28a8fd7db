/** What every sidecar says of the scanner, which there was none of. */
export const scannerFields = {
  Manufacturer: 'NeuroClaw',
  ManufacturersModelName: 'Phantom',
  MagneticFieldStrength: 3,
  Modality: 'MR',
} as const;

/** Echo-planar readout. Images are written without distortion; the timing is what a correction would be told. */
export function epiFields(phaseLines: number): {
  PhaseEncodingDirection: string;
  EffectiveEchoSpacing: number;
  TotalReadoutTime: number;
} {
  // BIDS: TotalReadoutTime = EffectiveEchoSpacing * (ReconMatrixPE - 1).
  return {
    PhaseEncodingDirection: 'j-',
    EffectiveEchoSpacing: 0.0005,
    TotalReadoutTime: Math.round(0.0005 * (phaseLines - 1) * 1e6) / 1e6,
  };
}

/** From where to where on the body: A anterior, P posterior, L left, R right, S superior, I inferior. */
export type BodyDirection = 'AP' | 'PA' | 'LR' | 'RL' | 'SI' | 'IS';

/** For x, y and z of DICOM's patient coordinates, which grow to the left, backwards and upwards. */
const growing: readonly (readonly [BodyDirection, BodyDirection])[] = [
  ['RL', 'LR'],
  ['AP', 'PA'],
  ['IS', 'SI'],
];

/**
 * Direction of phase encoding on the body: along the rows or columns of the picture (InPlanePhaseEncodingDirection
 * `ROW` or `COL`), with or against them (`positive`, which only private headers say), turned by
 * ImageOrientationPatient (PS3.3, C.7.6.2.1.1: the direction cosines of a row, then of a column). Undefined where one
 * of them is not known.
 */
export function phaseEncodingOnBody(
  axis: string,
  positive: boolean | undefined,
  orientation: readonly number[],
): BodyDirection | undefined {
  if (positive === undefined || orientation.length !== 6 || (axis !== 'ROW' && axis !== 'COL'))
    return undefined;
  const cosines = axis === 'ROW' ? orientation.slice(0, 3) : orientation.slice(3);
  const strongest = Math.max(...cosines.map(Math.abs));
  const world = cosines.findIndex((value) => Math.abs(value) === strongest);
  return growing[world]?.[(cosines[world] ?? 0) > 0 === positive ? 0 : 1];
}

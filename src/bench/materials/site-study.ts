import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { tsv } from './series.js';

/** Sites: people, what the scanner adds to every feature, how it stretches them, mean age. */
const sites = [
  { name: 'harbour', people: 34, shift: 0, stretch: 1, age: 36 },
  { name: 'meadow', people: 22, shift: 1.4, stretch: 1.3, age: 49 },
  { name: 'ridge', people: 28, shift: -0.9, stretch: 0.7, age: 58 },
  { name: 'quay', people: 18, shift: 0.5, stretch: 1.6, age: 42 },
] as const;
const FEATURES = 6;
const ALPHA = 10;

/**
 * A study of several sites whose scanners differ. Predictions of a ridge regression are exact once the folds, the
 * standardisation, the penalty and the unpenalised intercept are said.
 */
export const siteStudyGenerator = defineGenerator({
  id: 'site-study',
  about:
    'thickness of regions and age of people at several sites, with the exact predictions of a ridge that never saw the site',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'site-study');
    const weights = Array.from(
      { length: FEATURES },
      (_, k) => (k % 2 === 0 ? -1 : 0.4) * (0.5 + random.uniform()),
    );
    const people = sites.flatMap((site) =>
      Array.from({ length: site.people }, () => {
        const age = site.age + 9 * random.normal();
        const own = weights.map((weight) => (weight * (age - 45)) / 12 + random.normal());
        return {
          site: site.name,
          age,
          features: own.map((value) => 2.5 + 0.2 * (site.shift + site.stretch * value)),
        };
      }),
    );
    // In no order of sites: rows that stand together would hide folds of rows.
    const order = people
      .map((person) => ({ person, key: random.uniform() }))
      .sort((a, b) => a.key - b.key)
      .map(({ person }, index) => ({
        ...person,
        id: `sub-${String(index + 1).padStart(3, '0')}`,
        age: Math.round(person.age * 100) / 100,
        features: person.features.map((value) => Math.round(value * 1e5) / 1e5),
      }));
    const regions = Array.from({ length: FEATURES }, (_, k) => `thickness_${k + 1}`);
    await mkdir(folders.reference, { recursive: true });
    await writeFile(
      join(folders.in, 'participants.tsv'),
      tsv(
        ['participant_id', 'site', 'age', ...regions],
        order.map(({ id, site, age, features }) => [id, site, age, ...features]),
      ),
    );
    const predicted = new Map<string, number>();
    for (const { name } of sites) {
      const predict = ridge(order.filter(({ site }) => site !== name));
      for (const { id, site, features } of order) if (site === name) predicted.set(id, predict(features));
    }
    await writeFile(
      join(folders.reference, 'predictions.tsv'),
      tsv(
        ['participant_id', 'predicted_age'],
        order.map(({ id }) => [id, predicted.get(id) as number]),
      ),
    );
    await writeFile(
      join(folders.reference, 'sites.tsv'),
      tsv(
        ['site', 'n', 'mae', 'r2'],
        sites.map(({ name }) => {
          const own = order.filter(({ site }) => site === name);
          const errors = own.map(({ id, age }) => age - (predicted.get(id) as number));
          const mean = own.reduce((sum, { age }) => sum + age, 0) / own.length;
          const total = own.reduce((sum, { age }) => sum + (age - mean) ** 2, 0);
          return [
            name,
            own.length,
            errors.reduce((sum, error) => sum + Math.abs(error), 0) / own.length,
            1 - errors.reduce((sum, error) => sum + error * error, 0) / total,
          ];
        }),
      ),
    );
  },
});

/** Ridge on features standardised by their own mean and standard deviation (over n), intercept free of penalty. */
function ridge(
  people: readonly { readonly age: number; readonly features: readonly number[] }[],
): (features: readonly number[]) => number {
  const n = people.length;
  const mean = (pick: (person: (typeof people)[number]) => number): number =>
    people.reduce((sum, person) => sum + pick(person), 0) / n;
  const at = (values: readonly number[], k: number): number => values[k] as number;
  const ks = Array.from({ length: FEATURES }, (_, k) => k);
  const centre = ks.map((k) => mean(({ features }) => at(features, k)));
  const scale = ks.map((k) => Math.sqrt(mean(({ features }) => (at(features, k) - at(centre, k)) ** 2)));
  const z = (features: readonly number[]): number[] =>
    features.map((value, k) => (value - at(centre, k)) / at(scale, k));
  const age = mean((person) => person.age);
  const rows = people.map((person) => ({ z: z(person.features), y: person.age - age }));
  const normal = ks.map((i) => [
    ...ks.map((j) => rows.reduce((sum, row) => sum + at(row.z, i) * at(row.z, j), i === j ? ALPHA : 0)),
    rows.reduce((sum, row) => sum + at(row.z, i) * row.y, 0),
  ]);
  const slopes = eliminated(normal);
  return (features) => age + z(features).reduce((sum, value, k) => sum + value * at(slopes, k), 0);
}

/** Solves positive definite normal equations, given with their right side as the last column, by Gauss and Jordan. */
function eliminated(rows: number[][]): number[] {
  for (const [i, pivot] of rows.entries()) {
    const size = pivot[i] as number;
    for (let j = i; j < pivot.length; j++) pivot[j] = (pivot[j] as number) / size;
    for (const [other, row] of rows.entries()) {
      if (other === i) continue;
      const factor = row[i] as number;
      for (let j = i; j < row.length; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
    }
  }
  return rows.map((row) => row.at(-1) as number);
}

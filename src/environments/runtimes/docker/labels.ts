/** Labels of every container of ours: they say whose it is, so that leftovers of one output folder alone are ended. */
export const labels = {
  store: 'neuroclaw.store',
  run: 'neuroclaw.run',
  job: 'neuroclaw.job',
  attempt: 'neuroclaw.attempt',
  /** On images: SHA-256 of the recipe they were built from. */
  recipe: 'neuroclaw.recipe',
} as const;

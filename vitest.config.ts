import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: tests change their own environment, send signals and watch their children.
    pool: 'forks',
    // The machines that check this have two cores, and the tools under test want them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A property that fails must be printed whole: seed, path and counterexample.
    chaiConfig: { truncateThreshold: 0 },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});

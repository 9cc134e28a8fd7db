// Prints `N passed, N failed` from the JSON result of vitest; exits 1 when a test failed, or none passed.
//   node scripts/count-tests.mjs RESULT.json
import { readFileSync } from 'node:fs';

let result;
try {
  result = JSON.parse(readFileSync(process.argv[2], 'utf8'));
} catch (error) {
  console.error(`vitest left no result: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
// A file that could not be loaded has no tests in it, and is a failure all the same.
const unloaded = result.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
const failed = result.numFailedTests + unloaded.length;
for (const file of result.testResults) {
  for (const test of file.assertionResults)
    if (test.status === 'failed') console.log(`failed: ${file.name}: ${test.fullName}`);
}
for (const file of unloaded) console.log(`failed: ${file.name}: ${file.message}`);
const skipped = result.numPendingTests + result.numTodoTests;
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${result.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 && result.numPassedTests > 0 ? 0 : 1;

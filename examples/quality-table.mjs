// Plans a wish, runs it if it is a plan, and prints the quality numbers as tab-separated values.
// Questions are answered from the command line: nothing is asked of a person.
// node examples/quality-table.mjs DATASET OUT "check the quality" "the functional one"
import { createAssistant } from 'neuroclaw';

const [data, out, ...said] = process.argv.slice(2);
const assistant = createAssistant({ env: process.env });
const conversation = assistant.open({ data, out, person: 'quality-table.mjs' });
let last;
try {
  for (const words of said) for await (const reply of conversation.say(words)) last = reply;
  if (last.kind === 'plan') for await (const reply of conversation.approve()) last = reply;
} finally {
  conversation.close();
  await assistant.close();
}
if (last.kind === 'results') {
  for (const { columns, rows } of last.tables) {
    console.log(['sub', ...columns.map(({ name }) => name)].join('\t'));
    for (const { entities, values } of rows)
      console.log([entities.sub, ...columns.map(({ name }) => values[name] ?? 'n/a')].join('\t'));
  }
  process.exitCode = last.error?.exit ?? 0;
} else {
  const why =
    last.kind === 'question' ? last.questions.map(({ text, choices }) => ({ text, choices })) : last;
  console.error(JSON.stringify(why));
  process.exitCode = 3;
}

// Asks questions about a dataset and prints the answers, as a lab script would.
// node examples/ask.mjs DATASET "how many participants are there?" "what is odd?"
import { createAssistant } from 'neuroclaw';

const [data, ...questions] = process.argv.slice(2);
const assistant = createAssistant({ env: process.env });
const conversation = assistant.open({ data });
try {
  for (const question of questions) {
    for await (const reply of conversation.say(question)) {
      if (reply.kind === 'answer') console.log(`${reply.about}: ${reply.text}`);
      else console.log(JSON.stringify(reply));
    }
  }
} finally {
  conversation.close();
  await assistant.close();
}

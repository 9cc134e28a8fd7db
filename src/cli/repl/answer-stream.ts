import type { Reply } from '../../agents/reply.js';

/** Prints the answer of a model line by line as it comes, above the line that is being typed. */
export class AnswerStream {
  readonly #print: (text: string) => void;
  /** The line that is not complete. */
  #partial = '';
  #streamed = false;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** Takes the next reply of a turn; true where nothing of it is left to show. */
  take(reply: Reply): boolean {
    if (reply.kind === 'piece') {
      this.#add(reply.text);
      return true;
    }
    const rest = this.#partial;
    const streamed = this.#streamed || rest !== '';
    this.#partial = '';
    this.#streamed = false;
    if (rest !== '') this.#print(rest);
    return streamed && reply.kind === 'answer' && reply.about === 'talk';
  }

  #add(text: string): void {
    this.#partial += text;
    const end = this.#partial.lastIndexOf('\n');
    if (end < 0) return;
    this.#print(this.#partial.slice(0, end));
    this.#partial = this.#partial.slice(end + 1);
    this.#streamed = true;
  }
}

/** So many characters, said again so often, are a loop: tables and lists of plans do not come near it. */
const LENGTH = 300;
const TIMES = 5;
/** How far back it looks, and after how many new characters it looks again. */
const BACK = 20_000;
const STEP = 500;
/** No answer that a person reads, and no plan, is longer. */
const MOST = 200_000;

/** Notices an answer that will not end: small models say the same again and again until their memory is full. */
export class Endless {
  #tail = '';
  #length = 0;
  #looked = 0;

  /** Takes the next piece of the answer; what is wrong with the answer, or undefined. */
  take(piece: string): 'repeats' | 'long' | undefined {
    this.#length += piece.length;
    this.#tail = (this.#tail + piece).slice(-BACK);
    if (this.#length > MOST) return 'long';
    if (this.#length - this.#looked < STEP) return undefined;
    this.#looked = this.#length;
    return this.#repeats() ? 'repeats' : undefined;
  }

  #repeats(): boolean {
    if (this.#tail.length < LENGTH * TIMES) return false;
    const last = this.#tail.slice(-LENGTH);
    return this.#tail.split(last).length > TIMES;
  }
}

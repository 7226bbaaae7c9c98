/**
 * Makes lines of the pieces in which a stream arrives. A line that is longer than anything expected is dropped whole:
 * its rest must not be taken for a line of its own.
 */
const LINE_CHARACTERS_MAX = 4_096;

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = '';
  #isTooLong = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(piece: string): void {
    const [first = '', ...others] = piece.split('\n');
    this.#append(first);
    for (const each of others) {
      if (!this.#isTooLong) this.#onLine(this.#rest);
      this.#rest = '';
      this.#isTooLong = false;
      this.#append(each);
    }
  }

  #append(text: string): void {
    if (this.#rest.length + text.length > LINE_CHARACTERS_MAX) this.#isTooLong = true;
    this.#rest = this.#isTooLong ? '' : this.#rest + text;
  }
}

// Cuts a stream of bytes into lines, wherever the pieces were cut before.

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #size = 0;

  /** `limit`: bytes of one line; a longer one throws out of `push`. */
  constructor(onLine: (line: string) => void, limit = 64 * 1024 * 1024) {
    this.#onLine = onLine;
    this.#limit = limit;
  }

  /** Calls back for every line that `chunk` completes, without its end; empty lines are left out. */
  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = this.#size === 0 ? chunk.toString('utf8', from, end) : this.#completed(chunk.subarray(from, end));
      from = end + 1;
      if (line !== '') this.#onLine(line);
    }
    if (from === chunk.length) return;
    this.#pieces.push(from === 0 ? chunk : chunk.subarray(from));
    this.#size += chunk.length - from;
    if (this.#size > this.#limit) throw new RangeError(`a line is longer than ${this.#limit} bytes`);
  }

  #completed(last: Buffer): string {
    const line = Buffer.concat([...this.#pieces, last], this.#size + last.length).toString('utf8');
    this.#pieces = [];
    this.#size = 0;
    return line;
  }
}

// E-mail addresses as Go's net/mail reads them (RFC 5322 with the extensions of RFC 6532), with its words for what is wrong. Encoded words
// (RFC 2047) in display names are not decoded: whatever they say, an address with a display name is no bare address.
import { goQuote, goQuoteRune } from '../../base/go-text.ts';
import { parseIp } from '../../pki/ip-address.ts';

/** What is wrong with a text that should be one bare address such as `jane@example.com`; undefined where it is one. */
export function mailAddressProblem(text: string): string | undefined {
  try {
    const reader = new Reader(text.toWellFormed());
    const address = reader.single();
    if (address !== text) return 'make sure the supplied value only contains the email address itself';
    return undefined;
  } catch (error) {
    if (error instanceof Bad) return `mail: ${error.message}`;
    throw error;
  }
}

class Bad extends Error {}

const isVisible = (char: string): boolean => (char >= '!' && char <= '~') || char >= '\u0080';
const isSpace = (char: string): boolean => char === ' ' || char === '\t';
const isAtomText = (char: string): boolean => isVisible(char) && !'()<>[]:;@\\,"'.includes(char);

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The one address that the whole text holds, without name and comments. */
  single(): string {
    const found = this.#address(true);
    this.#comments();
    if (!this.#ended()) throw new Bad(`expected single address, got ${goQuote(this.#text.slice(this.#at))}`);
    const [first, ...others] = found;
    if (first === undefined) throw new Bad('empty group');
    if (others.length > 0) throw new Bad('group with multiple addresses');
    return first;
  }

  #address(groupsAllowed: boolean): string[] {
    this.#spaces();
    if (this.#ended()) throw new Bad('no address');
    const start = this.#at;
    const bare = attempt(() => this.#bareAddress());
    if (typeof bare === 'string') {
      this.#spaces();
      if (this.#peek() === '(') this.#comment();
      return [bare];
    }
    this.#at = start;
    const name = this.#peek() === '<' ? '' : this.#phrase();
    this.#spaces();
    if (groupsAllowed && this.#take(':')) return this.#group();
    if (!this.#take('<')) throw new Bad([...name].every(isAtomText) ? "missing '@' or angle-addr" : 'no angle-addr');
    const address = this.#bareAddress();
    if (!this.#take('>')) throw new Bad('unclosed angle-addr');
    return [address];
  }

  #group(): string[] {
    const members: string[] = [];
    this.#spaces();
    let isClosed = this.#take(';');
    while (!isClosed) {
      this.#spaces();
      for (const each of this.#address(false)) members.push(each);
      this.#comments();
      isClosed = this.#take(';');
      if (!isClosed && !this.#take(',')) throw new Bad('expected comma');
    }
    this.#comments();
    return members;
  }

  #bareAddress(): string {
    this.#spaces();
    if (this.#ended()) throw new Bad('no addr-spec');
    const local = this.#peek() === '"' ? this.#quoted() : this.#atom(false);
    if (local === '') throw new Bad('empty quoted string in addr-spec');
    if (!this.#take('@')) throw new Bad('missing @ in addr-spec');
    this.#spaces();
    if (this.#ended()) throw new Bad('no domain in addr-spec');
    return `${local}@${this.#peek() === '[' ? this.#literal() : this.#atom(false)}`;
  }

  /** Words up to the first thing that is none; at least one. */
  #phrase(): string {
    const words: string[] = [];
    for (;;) {
      if (words.length > 0) this.#comments();
      this.#spaces();
      if (this.#ended()) break;
      const word = attempt(() => (this.#peek() === '"' ? this.#quoted() : this.#atom(true)));
      if (typeof word === 'string') words.push(word);
      else if (words.length > 0) break;
      else throw new Bad(`missing word in phrase: mail: ${word.message}`);
    }
    return words.join(' ');
  }

  #quoted(): string {
    let content = '';
    let isEscaped = false;
    for (let at = this.#at + 1; ; ) {
      const char = charAt(this.#text, at);
      if (char === '') throw new Bad('unclosed quoted-string');
      at += char.length;
      if (!isEscaped && char === '"') {
        this.#at = at;
        return content;
      }
      if (!isVisible(char) && !isSpace(char)) throw new Bad(`bad character in quoted-string: ${goQuoteRune(char)}`);
      isEscaped = !isEscaped && char === '\\';
      if (!isEscaped) content += char;
    }
  }

  /** Dots stand between atoms only, except where `anyDots`. */
  #atom(anyDots: boolean): string {
    const start = this.#at;
    let end = start;
    for (let char = charAt(this.#text, end); char !== '' && isAtomText(char); char = charAt(this.#text, end)) {
      end += char.length;
    }
    if (end === start) throw new Bad('invalid string');
    this.#at = end;
    const atom = this.#text.slice(start, end);
    if (anyDots) return atom;
    if (atom.startsWith('.')) throw new Bad('leading dot in atom');
    if (atom.includes('..')) throw new Bad('double dot in atom');
    if (atom.endsWith('.')) throw new Bad('trailing dot in atom');
    return atom;
  }

  #literal(): string {
    const start = this.#at + 1;
    for (let at = start; ; ) {
      const char = charAt(this.#text, at);
      if (char === '') throw new Bad('unclosed domain-literal');
      if (char === ']') {
        const content = this.#text.slice(start, at);
        this.#at = at + 1;
        if (parseIp(content) === undefined) throw new Bad(`invalid IP address in domain-literal: ${goQuote(content)}`);
        return `[${content}]`;
      }
      if (!isVisible(char) || char === '[' || char === '\\')
        throw new Bad(`bad character in domain-literal: ${goQuoteRune(char)}`);
      at += char.length;
    }
  }

  #comments(): void {
    this.#spaces();
    while (this.#peek() === '(') {
      this.#comment();
      this.#spaces();
    }
  }

  /** From the opening parenthesis to the one that closes it; comments nest. */
  #comment(): void {
    let depth = 0;
    do {
      const char = this.#peek();
      if (char === '') throw new Bad('misformatted parenthetical comment');
      if (char === '\\') this.#at++;
      else if (char === '(') depth++;
      else if (char === ')') depth--;
      this.#at++;
    } while (depth > 0);
  }

  #spaces(): void {
    while (isSpace(this.#peek())) this.#at++;
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #ended(): boolean {
    return this.#at >= this.#text.length;
  }
}

/** The whole character at `at`, both halves of a pair; empty at the end. */
function charAt(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function attempt(read: () => string): string | Bad {
  try {
    return read();
  } catch (error) {
    if (error instanceof Bad) return error;
    throw error;
  }
}

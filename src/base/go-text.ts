// Values as Go prints them: quoted text, single characters, JSON. Messages that users know from other components are made of these.

const short: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};
/** What Go does not hold for printable: all but letters, marks, numbers, punctuation, symbols and the plain space. */
const special = /[\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

function escaped(char: string): string {
  const known = short[char];
  if (known !== undefined) return known;
  const point = char.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  if (point < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return point > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** As `%q` prints a string. Half a surrogate pair, which Go cannot hold, is U+FFFD. */
export function goQuote(text: string): string {
  return `"${text.toWellFormed().replace(special, escaped).replaceAll('"', '\\"')}"`;
}

/** As `%q` prints a rune. */
export function goQuoteRune(char: string): string {
  return `'${char.toWellFormed().replace(special, escaped).replaceAll("'", "\\'")}'`;
}

const unsafe = /[<>&\u2028\u2029]/g;

/** As encoding/json writes a value: no spaces, and what HTML would take for markup escaped. Members stay in the order they have. */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value, wellFormed) ?? 'null';
  return text.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

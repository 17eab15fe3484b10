// TXT records as zone files write them (RFC 1035 section 5.1): a value of any length as quoted strings of at most 255 bytes, and back.

const longestString = 255;

/** `"…"`, or `"…" "…"` where the value is longer than one string may be. The value is text as ACME makes it, at least no more than ASCII. */
export function txtText(value: string): string {
  return txtStrings(value)
    .map((part) => `"${part.replaceAll(/[\\"]/g, '\\$&')}"`)
    .join(' ');
}

/** The value cut into strings of at most 255 bytes; one empty string where it is empty. */
export function txtStrings(value: string): readonly string[] {
  const parts: string[] = [];
  for (let start = 0; start < value.length; start += longestString)
    parts.push(value.slice(start, start + longestString));
  return parts.length === 0 ? [''] : parts;
}

const token = /"((?:[^"\\]|\\.)*)"?|((?:[^\s"\\]|\\.)+)/gs;

/** The value of a record; strings may be unquoted, as some servers show them. Never throws. */
export function txtValue(text: string): string {
  return [...text.matchAll(token)].map(([, quoted, plain]) => unescaped(quoted ?? plain ?? '')).join('');
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:(\d{3})|(.))/gs, (_all, code: string | undefined, char: string | undefined) =>
    code === undefined ? (char ?? '') : String.fromCharCode(Number(code) & 0xff),
  );
}

// «Did you mean»: the known word nearest to one that is unknown.

/** ` (did you mean X?)`, or the empty text where nothing known is near. */
export function didYouMean(
  word: string,
  known: readonly string[],
  show: (name: string) => string = (name) => name,
): string {
  const nearest = closest(word, known);
  return nearest === undefined ? '' : ` (did you mean ${show(nearest)}?)`;
}

/** The known word that takes the fewest edits, if those are at most a third of the word, two being forgiven in any but the shortest. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const budget = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)));
  let best: string | undefined;
  let fewest = budget + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

/** Insertions, deletions and replacements that turn `a` into `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

// Labels and annotations as the API server takes them, with the API machinery's words for what is wrong.
import { type FieldError, invalid, tooLong } from '../findings.ts';
import { subdomainProblems } from './dns-subdomain.ts';

const longestWord = 63;
const mostAnnotationBytes = 256 * 1024;
const wordFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const keyProblem =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${wordFormat}')`;
const valueProblem =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  `alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${wordFormat})?')`;

/** What `wordFormat` says, without its repetition in a repetition. */
const isWord = (text: string): boolean => /^[A-Za-z0-9]/.test(text) && /^[-A-Za-z0-9_.]*[A-Za-z0-9]$/.test(text);

/** What is wrong with a key: a word, with or without a domain before it. */
export function labelKeyProblems(key: string): string[] {
  const [first = '', second, ...more] = key.split('/', 3);
  if (more.length > 0)
    return [
      `a valid label key ${keyProblem} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  if (second === undefined) return wordProblems(first);
  const prefix = first === '' ? ['must be non-empty'] : subdomainProblems(first, 'bytes');
  return [...prefix.map((problem) => `prefix part ${problem}`), ...wordProblems(second)];
}

function wordProblems(word: string): string[] {
  const size = Buffer.byteLength(word);
  const sizeProblems =
    size === 0 ? ['must be non-empty'] : size > longestWord ? [`must be no more than ${longestWord} bytes`] : [];
  return [...sizeProblems, ...(isWord(word) ? [] : [keyProblem])].map((problem) => `name part ${problem}`);
}

function labelValueProblems(value: string): string[] {
  const isLong = Buffer.byteLength(value) > longestWord;
  return [
    ...(isLong ? [`must be no more than ${longestWord} bytes`] : []),
    ...(value === '' || isWord(value) ? [] : [valueProblem]),
  ];
}

/** Every error stands at `path` itself and shows the key or the value. */
export function labelErrors(labels: Readonly<Record<string, string>>, path: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...labelKeyProblems(key).map((problem) => invalid(path, key, problem)),
    ...labelValueProblems(value).map((problem) => invalid(path, value, problem)),
  ]);
}

/** Keys as of labels but in any case; all keys and values together at most 256 KiB. */
export function annotationErrors(annotations: Readonly<Record<string, string>>, path: string): FieldError[] {
  const entries = Object.entries(annotations);
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => labelKeyProblems(key.toLowerCase()).map((problem) => invalid(path, key, problem))),
    ...(size > mostAnnotationBytes ? [tooLong(path, mostAnnotationBytes)] : []),
  ];
}

// What is wrong with an object: field errors in the words that clients of Kubernetes know, and warnings. Knows no rule and no kind.
import { goJson, goQuote } from '../base/go-text.ts';

/**
 * One thing that is wrong, at `path` (`spec.dnsNames[0]`). `value` is what stands there, for the kinds that show it; undefined is nothing to show,
 * null is shown as null.
 */
export interface FieldError {
  readonly kind: 'required' | 'invalid' | 'forbidden' | 'notSupported' | 'duplicate' | 'tooLong';
  readonly path: string;
  readonly value?: unknown;
  readonly detail: string;
}

export interface Findings {
  readonly errors: readonly FieldError[];
  /** Shown by kubectl; they refuse nothing. */
  readonly warnings?: readonly string[];
}

export const required = (path: string, detail: string): FieldError => ({ kind: 'required', path, detail });
export const forbidden = (path: string, detail: string): FieldError => ({ kind: 'forbidden', path, detail });
export const invalid = (path: string, value: unknown, detail: string): FieldError => ({
  kind: 'invalid',
  path,
  value,
  detail,
});
export const duplicate = (path: string, value: unknown): FieldError => ({ kind: 'duplicate', path, value, detail: '' });
/** `supported` is shown in the order given; without any, only the value is. */
export const notSupported = (path: string, value: unknown, supported: readonly string[]): FieldError => ({
  kind: 'notSupported',
  path,
  value,
  detail: supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`,
});
export const tooLong = (path: string, maximumBytes: number): FieldError => ({
  kind: 'tooLong',
  path,
  detail: `may not be more than ${maximumBytes} ${maximumBytes === 1 ? 'byte' : 'bytes'}`,
});

const words: Readonly<Record<FieldError['kind'], string>> = {
  required: 'Required value',
  invalid: 'Invalid value',
  forbidden: 'Forbidden',
  notSupported: 'Unsupported value',
  duplicate: 'Duplicate value',
  tooLong: 'Too long',
};
const showsValue: readonly FieldError['kind'][] = ['invalid', 'notSupported', 'duplicate'];

/**
 * As the API machinery writes it: `spec.secretName: Required value: must be specified`. Text is quoted, numbers and truth values stand as they
 * are, all else is JSON.
 */
export function formatFieldError({ kind, path, value, detail }: FieldError): string {
  const shown = showsValue.includes(kind) && value !== undefined ? `: ${shownValue(value)}` : '';
  return `${path}: ${words[kind]}${shown}${detail === '' ? '' : `: ${detail}`}`;
}

function shownValue(value: unknown): string {
  if (typeof value === 'string') return goQuote(value);
  return typeof value === 'bigint' ? String(value) : goJson(value);
}

/** One message for all: a single one as it is, several in brackets, none twice; empty where there is none. */
export function formatErrors(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length > 1 ? `[${unique.join(', ')}]` : (unique[0] ?? '');
}

// What may not reach a log: Secret data, private keys, passwords, tokens. Two nets: values are cut down by what they are before they are
// written, and the finished line is searched for key material whatever way it got there.
import { KeyObject } from 'node:crypto';

const hidden = '[redacted]';
/** Fields whose value is never shown, whoever logs them. */
const secretField =
  /^(data|stringData|binaryData|authorization|cookie|token|id_?token|access_?token|refresh_?token|client_?secret|api_?key|private_?key|key_?pem|tls\.key|.*passw(or)?d|.*passphrase)$/i;
const deepest = 5;
const longestText = 4096;
const longestList = 100;

/** Whether stacks are wanted. */
export interface RedactOptions {
  readonly stacks: boolean;
}

/** A copy that is safe to write: JSON values only. */
export function loggable(value: unknown, options: RedactOptions, depth = 0): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length > longestText ? `${value.slice(0, longestText)}…` : value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return undefined;
  if (value instanceof Error) return errorFields(value, options, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof KeyObject) return `[${value.type} key]`;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof URL) return value.password === '' ? value.href : `${value.origin}${value.pathname}`;
  if (depth >= deepest) return '[…]';
  if (Array.isArray(value)) return value.slice(0, longestList).map((item) => loggable(item, options, depth + 1));
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return objectName(value) ?? fieldsOf(value, options, depth);
}

function fieldsOf(value: object, options: RedactOptions, depth: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || typeof item === 'function') continue;
    fields[key] = secretField.test(key) ? hidden : loggable(item, options, depth + 1);
  }
  return fields;
}

/** A Kubernetes object is logged by its name, never by its content. */
function objectName(value: object): string | undefined {
  const { kind, metadata } = value as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } };
  if (typeof kind !== 'string' || typeof metadata?.name !== 'string') return undefined;
  return typeof metadata.namespace === 'string'
    ? `${kind} ${metadata.namespace}/${metadata.name}`
    : `${kind} ${metadata.name}`;
}

function errorFields(error: Error, options: RedactOptions, depth: number): Record<string, unknown> {
  const { status, reason, code } = error as { status?: unknown; reason?: unknown; code?: unknown };
  const simple = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
  return {
    type: error.name,
    message: loggable(error.message, options, depth + 1),
    ...(simple(status) ? { status } : {}),
    ...(simple(reason) ? { reason } : {}),
    ...(simple(code) ? { code } : {}),
    ...(options.stacks && error.stack !== undefined ? { stack: error.stack } : {}),
    ...(error.cause === undefined || depth >= deepest ? {} : { cause: loggable(error.cause, options, depth + 1) }),
  };
}

const pemKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^"]*/g;
/** Any PEM block in base64, as it stands in a Secret's data. */
const encodedPem = /LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*/g;
const bearerToken = /\bBearer [A-Za-z0-9._~+/=-]{16,}/g;
const webToken = /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g;

/** The line without key material. Takes time linear in its length. */
export function scrubbed(line: string): string {
  let clean = line;
  if (clean.includes('PRIVATE KEY-----')) clean = clean.replace(pemKey, '[redacted private key]');
  if (clean.includes('LS0tLS1CRUdJTi')) clean = clean.replace(encodedPem, '[redacted PEM]');
  if (clean.includes('Bearer ')) clean = clean.replace(bearerToken, 'Bearer [redacted]');
  if (clean.includes('eyJ')) clean = clean.replace(webToken, '[redacted token]');
  return clean;
}

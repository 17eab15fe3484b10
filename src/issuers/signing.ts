// What the backends that sign themselves share: the terms of an issuance, and the words of what can go wrong.
import { DecodeError } from '../base/errors.ts';
import type { IssuanceOptions } from '../pki/certificate.ts';
import type { SigningRequest } from './backend.ts';

/** What a request asks for besides its CSR. */
export function issuanceOptions({ durationMs, isCA, usages }: SigningRequest, now: Date): IssuanceOptions {
  return { durationMs, isCA, usages, now };
}

/** The message of a DecodeError, for a condition. Anything else is a bug or transient, and thrown on. */
export function decodeErrorText(error: unknown): string {
  if (error instanceof DecodeError) return error.message;
  throw error;
}

/** Whether it is the request that cannot be signed by anybody: its CSR cannot be read, contradicts the request, or is not signed. */
export function isRequestFault(error: unknown): boolean {
  return error instanceof DecodeError && (error.what === 'CSR' || error.what === 'usages');
}

/** The text of an error that may come from anywhere. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As the API server says it. */
export function secretNotFound(name: string): string {
  return `secrets "${name}" not found`;
}

// How much PEM is read before anything looks inside. The figures are upstream's; flags may change them.
import { DecodeError } from '../base/errors.ts';

/** Bytes of PEM text. */
export interface PemLimits {
  readonly privateKeyBytes: number;
  /** One certificate, and a CSR. */
  readonly certificateBytes: number;
  readonly chainBytes: number;
  /** Sets of CA certificates. */
  readonly bundleBytes: number;
}

export const defaultPemLimits: PemLimits = {
  privateKeyBytes: 13_000,
  certificateBytes: 36_500,
  chainBytes: 95_000,
  bundleBytes: 330_000,
};

/** Throws DecodeError where PEM of `size` bytes is larger than `maximum`. */
export function requirePemSize(size: number, maximum: number): void {
  if (size > maximum) throw new DecodeError('PEM', `provided PEM data was larger than the maximum ${maximum}B`);
}

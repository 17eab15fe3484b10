// What the controllers know of a TLS Secret: facts taken from its bytes once, at ingest, so that no private key stays in memory.
import { DecodeError } from '../base/errors.ts';
import { decodeCertificates, type ParsedCertificate } from './certificate.ts';
import type { Decoded, FormatState, LeafFacts, TlsFacts } from './facts.ts';
import { decodePrivateKey, keyFactsOf } from './keys.ts';
import { defaultPemLimits, type PemLimits } from './limits.ts';
import { decodePem } from './pem.ts';
import { renewalIdOf } from './renewal-id.ts';

/** The leaf, of a certificate that was read. */
export function leafFactsOf(certificate: ParsedCertificate): LeafFacts {
  const { names, notBefore, notAfter, isCA, publicKey, serial } = certificate;
  const renewalId = renewalIdOf(certificate);
  return { names, notBefore, notAfter, isCA, publicKey, serial, ...(renewalId === undefined ? {} : { renewalId }) };
}

/** What a TLS Secret's `data`, base64 decoded, holds. Keeps nothing of the bytes; never throws for what stands in them. */
export function tlsFactsOf(data: Readonly<Record<string, Uint8Array>>, limits: PemLimits = defaultPemLimits): TlsFacts {
  const [key, certificate] = [valueAt(data, 'tls.key'), valueAt(data, 'tls.crt')];
  return {
    keys: Object.keys(data).filter((name) => valueAt(data, name) !== undefined),
    key: decoded(key, (pem) => keyFactsOf(decodePrivateKey(pem, limits))),
    leaf: decoded(certificate, (pem) => leafFactsOf(decodeCertificates(pem, limits.chainBytes)[0]!)),
    der: stateOf(valueAt(data, 'key.der'), key && firstBlock(key, limits.privateKeyBytes)),
    combined: stateOf(
      valueAt(data, 'tls-combined.pem'),
      key && certificate && Buffer.concat([key, Buffer.from('\n'), certificate]),
    ),
  };
}

/** Own properties only: the keys come from outside. */
function valueAt(data: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array | undefined {
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  return value === undefined || value.length === 0 ? undefined : value;
}

function decoded<T>(bytes: Uint8Array | undefined, decode: (bytes: Uint8Array) => T): Decoded<T> {
  if (bytes === undefined) return { kind: 'absent' };
  try {
    return { kind: 'ok', value: decode(bytes) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { kind: 'bad', error: error.message };
  }
}

function firstBlock(pem: Uint8Array, maximumBytes: number): Uint8Array | undefined {
  return pem.length > maximumBytes ? undefined : decodePem(pem, maximumBytes)[0]?.der;
}

function stateOf(found: Uint8Array | undefined, wanted: Uint8Array | undefined): FormatState {
  if (found === undefined) return 'absent';
  return wanted !== undefined && Buffer.compare(found, wanted) === 0 ? 'right' : 'wrong';
}

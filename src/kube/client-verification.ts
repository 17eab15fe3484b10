// Who may connect at all: clients with a certificate of a CA and, where names are given, one of them. For the webhook's callers, the API servers.
import { constants, X509Certificate } from 'node:crypto';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { DecodeError } from '../base/errors.ts';

export interface ClientVerification {
  /** The CAs that clients may come from. Blocks of PEM that are no certificates are passed over. */
  readonly caPem: string;
  /** The common name or a DNS name of the client must be one of these, to the letter. Empty: every client of the CAs may come. */
  readonly subjectNames: readonly string[];
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What goes into the TLS context. Throws DecodeError where there is no CA at all: everybody would be let in, or nobody. */
export function verificationContext({ caPem }: ClientVerification): SecureContextOptions {
  const ca = (caPem.match(block) ?? []).filter(isCertificate);
  if (ca.length === 0) throw new DecodeError('client CA', 'the client CA holds no certificate');
  // A resumed session would not be looked at again.
  return { ca, secureOptions: constants.SSL_OP_NO_TICKET };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** Whether the client, whose certificate the TLS layer has verified, bears one of the names. */
export function bearsName(socket: TLSSocket, { subjectNames }: ClientVerification): boolean {
  if (subjectNames.length === 0) return true;
  const { subject, subjectaltname = '' } = socket.getPeerCertificate();
  const commonNames: readonly string[] = [subject?.CN ?? []].flat();
  // Where there are several, the last one counts, as it does for Go.
  const names = [...commonNames.slice(-1), ...dnsNamesOf(subjectaltname)];
  return names.some((name) => subjectNames.includes(name));
}

/** One entry: a type, and a value that is in JSON's quotes where it could be taken for more than one entry. */
const entry = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/** The DNS names in Node's text for a subjectAltName; none where it is not what it should be. */
export function dnsNamesOf(subjectAltName: string): string[] {
  const names: string[] = [];
  entry.lastIndex = 0;
  while (entry.lastIndex < subjectAltName.length) {
    const [, type, value = ''] = entry.exec(subjectAltName) ?? [];
    if (type === undefined) return [];
    if (type === 'DNS') names.push(value.startsWith('"') ? String(JSON.parse(value)) : value);
  }
  return names;
}

// TLS versions and cipher suites by the names that Kubernetes components use for them, translated into Node's.
import { DEFAULT_CIPHERS, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { didYouMean } from '../flags/suggest.ts';

export const tlsVersions: Readonly<Record<string, SecureVersion>> = {
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
};

/** TLS 1.3 suites cannot be chosen in Go; naming them is allowed and all of them are always offered. */
const version13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const version12: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
};

/** What is wrong with a suite's name; undefined where nothing is. */
export function cipherSuiteProblem(name: string): string | undefined {
  const known = [...version13, ...Object.keys(version12)];
  return known.includes(name)
    ? undefined
    : `unknown cipher suite ${name}${didYouMean(name, known)}; known: ${known.join(', ')}`;
}

export interface TlsSettings {
  /** A key of `tlsVersions`, or empty for TLS 1.2. */
  readonly minVersion: string;
  /** Names that `cipherSuiteProblem` accepts; empty for the runtime's choice. */
  readonly cipherSuites: readonly string[];
}

export function secureContextOptions(settings: TlsSettings): SecureContextOptions {
  const minVersion = tlsVersions[settings.minVersion] ?? 'TLSv1.2';
  const chosen = settings.cipherSuites.flatMap((name) => version12[name] ?? []);
  const suites = settings.cipherSuites.length === 0 ? DEFAULT_CIPHERS : [...version13, ...chosen].join(':');
  // OpenSSL 3 speaks no version before 1.2 at any other security level, whatever the minimum says.
  const ciphers = minVersion === 'TLSv1' || minVersion === 'TLSv1.1' ? `${suites}:@SECLEVEL=0` : suites;
  return { minVersion, ciphers };
}

// Asks the openssl program about what is in a Secret: a second opinion on certificates, keys, chains and keystores that were issued.
import { writeFileSync } from 'node:fs';
import type { KubeObject } from '../../src/api/meta.ts';
import { attempt, run, type WorkFolder } from '../oracle/programs.ts';

export interface TlsSecret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** What openssl says of the first certificate in `tls.crt`, in its words; names and times as one line each. */
export interface Described {
  readonly subject: string;
  readonly issuer: string;
  readonly validHours: number;
  /** Extension name, `critical` behind it where it is, → value. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** Bytes of one key of the Secret; throws where it is not there. */
export function bytesOf(secret: TlsSecret, key: string): Buffer {
  const value = secret.data?.[key];
  if (value === undefined) throw new Error(`Secret ${secret.metadata.name} has no ${key}`);
  return Buffer.from(value, 'base64');
}

export function describeCertificate(secret: TlsSecret): Described {
  const pem = bytesOf(secret, 'tls.crt');
  const ask = (...flags: readonly string[]) =>
    run('openssl', ['x509', '-noout', '-nameopt', 'RFC2253', '-dateopt', 'iso_8601', ...flags], pem);
  const [from = Number.NaN, to = Number.NaN] = ask('-dates')
    .trim()
    .split('\n')
    .map((line) => Date.parse(line.replace(/^\w+=/, '').replace(' ', 'T')));
  return {
    subject: ask('-subject').trim().replace('subject=', ''),
    issuer: ask('-issuer').trim().replace('issuer=', ''),
    validHours: (to - from) / 3_600_000,
    extensions: extensionsIn(ask('-ext', 'subjectAltName,keyUsage,extendedKeyUsage,basicConstraints')),
  };
}

function extensionsIn(text: string): Record<string, string> {
  const found = [...text.matchAll(/^X509v3 (.+?): *(critical)?\n +(.+)$/gm)];
  return Object.fromEntries(
    found.map(([, name, critical, value = '']) => [`${name}${critical ? ' critical' : ''}`, value.trim()]),
  );
}

/** `RSA 2048`, `EC 256 prime256v1` or `ED25519`, of the key in `tls.key`, which must be that of the certificate. */
export function describeKey(secret: TlsSecret): string {
  const key = bytesOf(secret, 'tls.key');
  const text = run('openssl', ['pkey', '-noout', '-text'], key);
  if (
    run('openssl', ['pkey', '-pubout'], key) !==
    run('openssl', ['x509', '-noout', '-pubkey'], bytesOf(secret, 'tls.crt'))
  )
    throw new Error(`tls.key and tls.crt of ${secret.metadata.name} do not belong together`);
  const bits = /\((\d+) bit/.exec(text)?.[1];
  const curve = /ASN1 OID: (\S+)/.exec(text)?.[1];
  if (curve !== undefined) return `EC ${bits} ${curve}`;
  return bits === undefined ? (/^(\w+) Private-Key/.exec(text)?.[1] ?? text) : `RSA ${bits}`;
}

/** Whether the chain in `tls.crt` leads to `rootPem`, its later certificates being intermediates that nobody trusts as such. */
export function verifyChain(
  secret: TlsSecret,
  rootPem: Uint8Array,
  folder: WorkFolder,
): { readonly succeeded: boolean; readonly output: string } {
  writeFileSync(folder.at('root.pem'), rootPem);
  writeFileSync(folder.at('chain.pem'), bytesOf(secret, 'tls.crt'));
  const options = [
    '-x509_strict',
    '-CAfile',
    folder.at('root.pem'),
    '-untrusted',
    folder.at('chain.pem'),
    folder.at('chain.pem'),
  ];
  return attempt('openssl', ['verify', '-no-CApath', '-no-CAstore', ...options]);
}

/** The PEM that openssl takes out of a PKCS#12 file, and how it says that the file is protected. */
export function openPkcs12(
  bytes: Uint8Array,
  password: string,
  folder: WorkFolder,
): { readonly pem: string; readonly protection: string } {
  writeFileSync(folder.at('store.p12'), bytes);
  const args = ['pkcs12', '-in', folder.at('store.p12'), '-passin', `pass:${password}`];
  const { output } = attempt('openssl', [...args, '-info', '-noout']);
  return { pem: run('openssl', [...args, '-nodes']), protection: output };
}

// A serving certificate from files that somebody else renews (a mounted Secret): read again every ten seconds, used when it has changed
// and fits together. A bad file never takes down a server that has a good certificate.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import type { Log } from '../../base/log.ts';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

/** Throws an Error that says what does not fit. */
export function readTlsFiles(files: TlsFiles): CertificateAndKey {
  const cert = readFileSync(files.certFile, 'utf8');
  const key = readFileSync(files.keyFile, 'utf8');
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error(`the private key in ${files.keyFile} does not belong to the certificate in ${files.certFile}`);
  }
  return { cert, key };
}

const rereadMs = 10_000;

/** Calls `use` with each new pair until `signal` aborts. A problem is logged when it appears, not at every look. */
export function followTlsFiles(
  files: TlsFiles,
  first: CertificateAndKey,
  options: { use(pair: SecureContextOptions): void; log: Log; signal: AbortSignal; everyMs?: number },
): void {
  let current = first;
  let problem: string | undefined;
  const look = (): void => {
    try {
      const next = readTlsFiles(files);
      problem = undefined;
      if (next.cert === current.cert && next.key === current.key) return;
      options.use(next);
      current = next;
      options.log.info({ file: files.certFile }, 'serving certificate renewed');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== problem)
        options.log.error(
          { file: files.certFile, error },
          'serving certificate cannot be read again, the former one stays',
        );
      problem = message;
    }
  };
  const timer = setInterval(look, options.everyMs ?? rereadMs);
  timer.unref();
  options.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

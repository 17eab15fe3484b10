// A serving certificate from files that somebody else renews (a mounted Secret): read again every ten seconds, used when it has changed
// and fits together. A bad file never takes down a server that has a good certificate; files that stay bad from the start end the process.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Log } from '../../base/log.ts';
import { type CertificateAndKey, CurrentPair, type ServingSource } from './source.ts';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const rereadMs = 10_000;
/** As long as upstream tries: two minutes. */
const mostAttempts = 12;
/** A Secret's limit. */
const maximumBytes = 1024 * 1024;

/** Throws an Error that says what does not fit. */
export function readTlsFiles(files: TlsFiles): CertificateAndKey {
  const cert = read(files.certFile);
  const key = read(files.keyFile);
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error(`the private key in ${files.keyFile} does not belong to the certificate in ${files.certFile}`);
  }
  // What TLS does not take (a key that is too short, a chain that does not parse) must not become the pair that is served.
  createSecureContext({ cert, key });
  return { cert, key };
}

function read(file: string): string {
  if (statSync(file).size > maximumBytes) throw new Error(`${file} is larger than ${maximumBytes} bytes`);
  return readFileSync(file, 'utf8');
}

/**
 * Reads the files at once, and again until `signal` aborts. `failed` rejects when the first twelve attempts have failed; once a pair was good,
 * it stays in use until a better one comes (upstream gives up at the twelfth failure since its start, however long ago the others were).
 * A problem is logged when it appears, not at every look.
 */
export function fromFiles(
  files: TlsFiles,
  options: { readonly log: Log; readonly signal: AbortSignal; readonly everyMs?: number },
): ServingSource {
  const { log, signal } = options;
  const source = new CurrentPair();
  let attempts = 0;
  let problem: string | undefined;
  const look = (): void => {
    try {
      const next = readTlsFiles(files);
      const before = source.current();
      problem = undefined;
      if (before !== undefined && next.cert === before.cert && next.key === before.key) return;
      source.set(next);
      log.info(
        { file: files.certFile },
        before === undefined ? 'serving certificate read' : 'serving certificate renewed',
      );
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const none = source.current() === undefined;
      if (none) source.lack(`the serving certificate cannot be read: ${message}`);
      if (message !== problem) {
        log.error(
          { file: files.certFile, error },
          none
            ? 'serving certificate cannot be read'
            : 'serving certificate cannot be read again, the former one stays',
        );
      }
      problem = message;
      if (none && ++attempts >= mostAttempts) source.fail(new Error(`no serving certificate: ${message}`));
    }
  };
  look();
  const timer = setInterval(look, options.everyMs ?? rereadMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return source;
}

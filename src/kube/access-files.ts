// What all ways of finding credentials share: how often files are read again, and how an address reads.
import { readFileSync } from 'node:fs';

/** Files are looked at again after this many milliseconds: a rotated token or certificate stays valid for minutes. */
export const rereadMs = 10_000;

/** `http` where no scheme is given, as client-go has it. Throws an Error for what is no address. */
export function parseServer(address: string): URL {
  try {
    return new URL(address.includes('://') ? address : `http://${address}`);
  } catch {
    throw new Error(`not an address of an API server: ${address}`);
  }
}

/** A file's text; undefined while it is being replaced. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

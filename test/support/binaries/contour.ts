// Finds Contour, the ingress controller of the tests on a node, and the CRDs that it needs: in the cache folder, or built there from its Go module.
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, type Say } from '../binaries.ts';
import { buildContour, moduleFolder } from './build.ts';
import { withLock } from './lock.ts';

/** The Go module in contour/ pins the same. */
const version = '1.33.8';

export interface Contour {
  readonly program: string;
  /** Its own, and those of the Gateway API: files for `kubectl apply`. */
  readonly crds: readonly string[];
}

/** Throws where it cannot be built. */
export async function findContour(say: Say): Promise<Contour> {
  const folder = join(dirname(cacheFolder()), `contour-${version}`);
  const program = join(folder, 'contour');
  if (!isProgram(program)) {
    mkdirSync(folder, { recursive: true });
    await withLock(join(folder, 'lock'), say, async () => {
      if (isProgram(program)) return;
      say('Getting Contour (once; it is kept in the cache folder) …');
      const into = mkdtempSync(join(folder, 'new-'));
      try {
        await buildContour(version, into, say);
        renameSync(join(into, 'contour'), program);
      } finally {
        rmSync(into, { recursive: true, force: true });
      }
    });
  }
  const own = moduleFolder('contour', 'github.com/projectcontour/contour');
  const gateway = join(moduleFolder('contour', 'sigs.k8s.io/gateway-api'), 'config', 'crd', 'experimental');
  const gatewayFiles = readdirSync(gateway).filter((file) => file.startsWith('gateway.networking.k8s.io_'));
  return {
    program,
    crds: [join(own, 'examples', 'contour', '01-crds.yaml'), ...gatewayFiles.map((file) => join(gateway, file))],
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

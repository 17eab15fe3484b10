// A base image made on the spot, for where no registry can be reached: the Node that runs this, the shared libraries that it links to,
// and CA certificates. As the distroless images: no shell, no package manager. Time zones are inside Node (ICU).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where Debian, Alpine, Fedora and SUSE keep the bundle. */
const certificateFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
];
/** glibc before 2.34 loads these by name when it looks up a host. */
const nameServices = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

const passwd = `root:x:0:0:root:/:/sbin/nologin
nonroot:x:1000:1000:nonroot:/:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
`;
const group = `root:x:0:
nonroot:x:1000:
nobody:x:65534:
`;

/** Changes when another base would come out. */
export function baseFingerprint(): string {
  const parts = [process.version, process.execPath, ...sharedLibraries().flatMap((path) => [path, size(path)])];
  return createHash('sha256')
    .update(parts.join('\n'))
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 12);
}

/** Fills `folder` with the root file system of the base. */
export function makeBase(folder: string): void {
  const put = (path: string, from: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(from, join(folder, path));
  };
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('/nodejs/bin/node', process.execPath);
  chmodSync(join(folder, '/nodejs/bin/node'), 0o755);
  // The symbols are a seventh of it, and only debuggers read them. Without binutils it just stays bigger.
  spawnSync('strip', ['--strip-unneeded', join(folder, '/nodejs/bin/node')]);
  for (const path of sharedLibraries()) put(path, path);
  const certificates = certificateFiles.find(existsSync);
  if (certificates !== undefined) put('/etc/ssl/certs/ca-certificates.crt', certificates);
  write('/etc/passwd', passwd);
  write('/etc/group', group);
  write('/etc/nsswitch.conf', 'hosts: files dns\n');
  mkdirSync(join(folder, 'tmp'));
  chmodSync(join(folder, 'tmp'), 0o1777);
}

/** The absolute paths of what Node links to, the dynamic loader included, as `ldd` finds them. */
function sharedLibraries(): string[] {
  const { status, stdout } = spawnSync('ldd', [process.execPath], { encoding: 'utf8' });
  if (status !== 0) throw new Error('ldd does not say what Node links to: a base can be made on Linux with glibc only');
  const linked = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const folders = [...new Set(linked.map(dirname))];
  const loaded = nameServices.flatMap((name) =>
    folders
      .map((folder) => join(folder, name))
      .filter(existsSync)
      .slice(0, 1),
  );
  return [...linked, ...loaded];
}

const size = (path: string) => String(statSync(path).size);

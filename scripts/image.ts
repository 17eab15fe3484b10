// Builds the image into dist/image.tar, an OCI archive, without a registry. Prints its sizes.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { taskOptions } from './arguments.ts';
import { buildImage } from './image/buildah.ts';

const root = join(import.meta.dirname, '..');

const usage = `npm run image [-- options]

Builds the bundle and, with buildah (Debian: apt-get install buildah), the image of it, and writes it as an OCI archive.

  --name NAME      what the image is called (certwright:dev)
  --archive FILE   where it goes (dist/image.tar)
  --target STAGE   a stage of the Dockerfile, such as cert-manager-webhook; the whole program by default
  --base IMAGE     a base image with node at /nodejs/bin/node, such as gcr.io/distroless/nodejs24-debian12. By default one is made
                   on the spot, of the Node that runs this, the C library that it links to, and CA certificates: no registry is needed
  --version TEXT   the image's version label`;

const options = taskOptions('npm run image', usage, {
  name: { type: 'string', default: 'certwright:dev' },
  archive: { type: 'string', default: join(root, 'dist', 'image.tar') },
  target: { type: 'string' },
  base: { type: 'string' },
  version: { type: 'string' },
});
if (options !== undefined) await run(options);

async function run({ name, archive, target, base, version }: NonNullable<typeof options>): Promise<void> {
  const revision = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout?.trim();
  try {
    mkdirSync(dirname(resolve(archive)), { recursive: true });
    const { archiveBytes, unpackedBytes } = await buildImage({
      name,
      archive: resolve(archive),
      say: (line) => console.log(line),
      ...(target === undefined ? {} : { target }),
      ...(base === undefined ? {} : { runtimeImage: base }),
      ...(version === undefined ? {} : { version }),
      ...(revision ? { revision } : {}),
    });
    console.log(`${name}: ${megabytes(archiveBytes)} MB to pull, ${megabytes(unpackedBytes)} MB unpacked`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

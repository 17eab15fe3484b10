// The image of the container that holds a pod's namespaces: a program that does nothing, built on the spot into an archive.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const pauseImage = 'certwright.test/pause:1';

const inC = '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n';
const inGo = 'package main\n\nimport "time"\n\nfunc main() {\n\tfor {\n\t\ttime.Sleep(time.Hour)\n\t}\n}\n';

/** What can build it; the first that works is taken. */
export const pauseCompilers = ['gcc', 'go'] as const;

/** Writes the archive below `folder` and answers its path. */
export function buildPause(folder: string): string {
  const work = join(folder, 'pause');
  mkdirSync(join(work, 'layer'), { recursive: true });
  writeFileSync(join(work, 'pause.c'), inC);
  writeFileSync(join(work, 'pause.go'), inGo);
  const program = join(work, 'layer', 'pause');
  const failures: string[] = [];
  const attempts = {
    gcc: ['-static', '-Os', '-s', '-o', program, 'pause.c'],
    go: ['build', '-o', program, 'pause.go'],
  };
  for (const compiler of pauseCompilers) {
    const failure = compile(compiler, attempts[compiler], work);
    if (failure === undefined) return pack(work);
    failures.push(failure);
  }
  throw new Error(`the pause program could not be built:\n${failures.join('\n')}`);
}

/** Answers why it failed. */
function compile(compiler: (typeof pauseCompilers)[number], args: readonly string[], cwd: string): string | undefined {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GO111MODULE: 'off' };
  const { status, stderr, error } = spawnSync(compiler, args, { cwd, env, encoding: 'utf8' });
  return status === 0 ? undefined : `${compiler}: ${error?.message ?? stderr}`;
}

/** An archive as `docker save` writes it, of one layer. */
function pack(work: string): string {
  const tar = (file: string, from: string, ...members: string[]) =>
    execFileSync('tar', ['--owner=0', '--group=0', '--mtime=@0', '-cf', join(work, file), '-C', from, ...members]);
  tar('layer.tar', join(work, 'layer'), 'pause');
  const digest = createHash('sha256')
    .update(readFileSync(join(work, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [pauseImage], Layers: ['layer.tar'] }];
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
  tar('pause.tar', work, 'manifest.json', 'config.json', 'layer.tar');
  return join(work, 'pause.tar');
}

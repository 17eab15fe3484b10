// Upstream's chart, out of its Go module, and our images under the names of upstream's. Nothing of upstream is kept in this repository, and
// its own images are not pulled: the pods of such a release run our program.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImages } from '../../../scripts/image/buildah.ts';
import { upstreamVersion, version } from '../../../src/cmd/version.ts';
import { loadImage, tagImage } from '../node/cluster.ts';
import type { Cluster } from './cluster.ts';

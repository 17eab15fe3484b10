import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseRelease } from '../../support/binaries/download.ts';

const index = (...tags: string[]) =>
  JSON.stringify({
    releases: Object.fromEntries(
      tags.map((tag) => [
        tag,
        { [`envtest-${tag}-linux-amd64.tar.gz`]: { hash: `hash of ${tag}`, selfLink: `https://example.com/${tag}` } },
      ]),
    ),
  });

/** [what, tags in the index, version found for 1.37.2]. */
const releases: readonly [string, readonly string[], string | undefined][] = [
  ['the highest patch release of the minor', ['v1.37.0', 'v1.37.10', 'v1.37.9'], '1.37.10'],
  ['else the highest earlier one', ['v1.34.1', 'v1.36.0', 'v1.35.9'], '1.36.0'],
  ['none of a later minor', ['v1.36.0', 'v1.38.0', 'v2.0.0'], '1.36.0'],
  ['no pre-release', ['v1.36.0', 'v1.37.0-rc.1'], '1.36.0'],
  ['none that is too old', ['v1.33.0', 'v1.28.3'], undefined],
  ['none in an empty index', [], undefined],
];

describe('the envtest release for Kubernetes 1.37.2', () => {
  for (const [name, tags, expected] of releases) {
    test(name, () => assert.equal(chooseRelease(index(...tags), '1.37.2', 'linux-amd64')?.version, expected));
  }
  test('comes with its address and hash', () => {
    assert.deepEqual(chooseRelease(index('v1.37.0'), '1.37.2', 'linux-amd64'), {
      version: '1.37.0',
      url: 'https://example.com/v1.37.0',
      sha512: 'hash of v1.37.0',
    });
  });
  test('is not taken for another platform', () => {
    assert.equal(chooseRelease(index('v1.37.0'), '1.37.2', 'darwin-arm64'), undefined);
  });
});

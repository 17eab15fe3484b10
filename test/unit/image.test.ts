// What the Dockerfile repeats of the code is the same there: Node's flags and environment, the names of components.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { environment, nodeFlags } from '../../scripts/node-flags.ts';
import { components } from '../../src/cmd/components.ts';

interface ImageStage {
  readonly name: string;
  readonly instructions: readonly (readonly [string, string])[];
}

const dockerfile = readFileSync(join(import.meta.dirname, '..', '..', 'Dockerfile'), 'utf8');
const stages = dockerfile
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((text): ImageStage => {
    const [from = '', ...rest] = text
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    const instructions = rest.map((line) => {
      const [instruction = '', ...words] = line.split(' ');
      return [instruction, words.join(' ')] as const;
    });
    return { name: from.split(' AS ')[1] ?? '', instructions };
  });
const program = stages.find(({ name }) => name === 'program');
const instructionOf = (stage: ImageStage | undefined, instruction: string) =>
  stage?.instructions.find(([name]) => name === instruction)?.[1];
const entrypoint = ['/nodejs/bin/node', ...nodeFlags, '/app/certwright.mjs'];

describe('the image', () => {
  it('runs the program with the flags that were measured', () => {
    assert.deepEqual(JSON.parse(instructionOf(program, 'ENTRYPOINT') ?? ''), entrypoint);
  });

  it('has the environment that was measured', () => {
    const pairs = (instructionOf(program, 'ENV') ?? '').split(' ').map((pair) => pair.split('='));
    assert.deepEqual(Object.fromEntries(pairs), { NODE_ENV: 'production', ...environment });
  });

  it('runs as a number that is not root', () => {
    assert.equal(instructionOf(program, 'USER'), '1000:1000');
  });

  it("has a target for each of upstream's images, which needs no first argument", () => {
    const targets = stages.filter(({ name }) => name.startsWith('cert-manager-'));
    const expected = ['controller', 'webhook', 'cainjector', 'acmesolver', 'startupapicheck'];
    assert.deepEqual(
      targets.map((stage) => [stage.name, JSON.parse(instructionOf(stage, 'ENTRYPOINT') ?? '')]),
      expected.map((component) => [`cert-manager-${component}`, [...entrypoint, component]]),
    );
    const known = components.map(({ name }) => name);
    assert.deepEqual(
      expected.filter((component) => !known.includes(component)),
      [],
    );
  });

  it('is the whole program unless a target is named', () => {
    assert.equal(stages.at(-1)?.name, 'certwright');
  });
});

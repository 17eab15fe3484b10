// Changed DER for fuzzing: bytes changed anywhere, and values changed inside an encoding whose lengths stay right, which gets much deeper.
import fc from 'fast-check';
import { encode } from '../../src/pki/der.ts';

/** A value of the tree that DER is; `content` where it is a leaf, also for what only looks constructed. */
interface Node {
  tag: number;
  children?: Node[];
  content: Uint8Array;
}

export type Mutation =
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'tag'; readonly at: number; readonly value: number }
  | { readonly kind: 'content'; readonly at: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove' | 'double' | 'swap' | 'wrap' | 'empty'; readonly at: number };

const at = fc.nat(10_000);
const tag = fc.constantFrom(1, 2, 3, 4, 5, 6, 12, 18, 19, 20, 22, 23, 24, 28, 30, 48, 49, 128, 129, 130, 134, 135, 160);
const text = fc.oneof(
  fc.constantFrom('\0', '*', '.', '..', ' ', '%', '%00', '//', '@', '\u00e4', '\ufeff', '\ud83d\ude00', '[::1]', ','),
  fc.string({ maxLength: 6 }),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  text.map((value) => new Uint8Array(Buffer.from(value))),
);

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), at, value: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('insert' as const), at, bytes }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('tag' as const), at, value: tag }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('content' as const), at, offset: fc.nat(40), bytes }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('remove', 'double', 'swap', 'wrap', 'empty'), at }),
  },
);

/** `der` after all mutations; those in the tree come first, as bytes changed at random no longer make a tree. */
export function mutated(der: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  const root = parse(der)[0]!;
  const raw: Mutation[] = [];
  for (const one of mutations) {
    if (one.kind === 'byte' || one.kind === 'cut' || one.kind === 'insert') raw.push(one);
    else changeTree(root, one);
  }
  return raw.reduce<Uint8Array>(changeBytes, write(root));
}

function changeBytes(der: Uint8Array, change: Mutation): Uint8Array {
  const position = change.at % Math.max(der.length, 1);
  const [before, after] = [der.subarray(0, position), der.subarray(position)];
  if (change.kind === 'cut') return Buffer.concat([before, after.subarray(change.length)]);
  if (change.kind === 'insert') return Buffer.concat([before, change.bytes, after]);
  if (change.kind !== 'byte' || after.length === 0) return der;
  return Buffer.concat([before, [after[0]! ^ change.value], after.subarray(1)].map((part) => Uint8Array.from(part)));
}

function changeTree(root: Node, change: Mutation): void {
  const nodes = flatten(root);
  const { node, parent, index } = nodes[change.at % nodes.length]!;
  const siblings = parent?.children ?? [];
  switch (change.kind) {
    case 'tag':
      node.tag = change.value;
      return;
    case 'content': {
      if (node.children) return;
      const offset = Math.min(change.offset, node.content.length);
      const rest = node.content.subarray(offset + change.bytes.length);
      node.content = Buffer.concat([node.content.subarray(0, offset), change.bytes, rest]);
      return;
    }
    case 'remove':
      siblings.splice(index, 1);
      return;
    case 'double':
      siblings.splice(index, 0, structuredClone(node));
      return;
    case 'swap':
      if (index > 0) siblings.splice(index - 1, 2, node, siblings[index - 1]!);
      return;
    case 'wrap':
      Object.assign(node, { tag: 0x30, children: [{ ...node }], content: new Uint8Array() });
      return;
    case 'empty':
      delete node.children;
      node.content = new Uint8Array();
      return;
  }
}

interface Place {
  readonly node: Node;
  readonly parent: Node | undefined;
  readonly index: number;
}

function flatten(node: Node, parent?: Node, index = 0): Place[] {
  return [{ node, parent, index }, ...(node.children ?? []).flatMap((child, at) => flatten(child, node, at))];
}

/** Also looks into octet strings that hold DER, which is where extensions are. Knows lengths of up to four bytes and no other strictness. */
function parse(der: Uint8Array): Node[] {
  const nodes: Node[] = [];
  for (let offset = 0; offset < der.length; ) {
    const [tag, first] = [der[offset]!, der[offset + 1] ?? 0];
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + lengthBytes;
    let length = lengthBytes === 0 ? first : 0;
    for (const byte of der.subarray(offset + 2, start)) length = length * 256 + byte;
    if (lengthBytes > 4 || start + length > der.length) throw new RangeError('not DER');
    const content = der.subarray(start, start + length);
    nodes.push({ tag, content, ...childrenOf(tag, content) });
    offset = start + length;
  }
  return nodes;
}

function childrenOf(tag: number, content: Uint8Array): { children?: Node[] } {
  if ((tag & 0x20) !== 0) return { children: parse(content) };
  if (tag !== 4 || content.length < 2) return {};
  try {
    return { children: parse(content) };
  } catch {
    return {};
  }
}

function write(node: Node): Uint8Array {
  return encode(node.tag, ...(node.children ? node.children.map(write) : [node.content]));
}

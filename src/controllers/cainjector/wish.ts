// What the annotations of a target ask for: which CA is to be put into it. Pure; whether that CA can be had is source.ts's.
import { annotations } from '../../api/labels.ts';
import type { KubeObject } from '../../api/meta.ts';

export type Wish =
  | { readonly kind: 'secret' | 'certificate'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'apiserver' }
  | { readonly kind: 'unreadable'; readonly annotation: string; readonly value: string; readonly names: string };

/** In the order in which upstream asks its sources: the first annotation that is there decides, whatever it says. */
const sources = [
  { annotation: annotations.injectCAFromSecret, kind: 'secret', names: 'Secret' },
  { annotation: annotations.injectCAFrom, kind: 'certificate', names: 'Certificate' },
] as const;

/** What is kept of a target's annotations. */
export const wishAnnotations: readonly string[] = [
  ...sources.map(({ annotation }) => annotation),
  annotations.injectApiServerCA,
];

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Undefined where the target asks for nothing. With `certificates` false, Certificates are no source, as with `--enable-certificates-data-source=false`. */
export function wishOf(target: KubeObject, { certificates }: { readonly certificates: boolean }): Wish | undefined {
  const given = target.metadata.annotations ?? {};
  for (const { annotation, kind, names } of sources) {
    const value = given[annotation];
    if (value === undefined || (kind === 'certificate' && !certificates)) continue;
    return { ...(parsed(kind, value) ?? { kind: 'unreadable', annotation, value, names }) };
  }
  return given[annotations.injectApiServerCA] === 'true' ? { kind: 'apiserver' } : undefined;
}

function parsed(kind: 'secret' | 'certificate', value: string): Wish | undefined {
  const slash = value.indexOf('/');
  const [namespace, name] = [value.slice(0, Math.max(0, slash)), value.slice(slash + 1)];
  const isName = name.length <= 253 && dnsSubdomain.test(name);
  return slash > 0 && dnsLabel.test(namespace) && isName ? { kind, namespace, name } : undefined;
}

/** `kind/namespace/name`: under what a target is filed, and found by a change of that Secret or Certificate. */
export function wishIndexValues(wish: Wish | undefined): readonly string[] {
  return wish?.kind === 'secret' || wish?.kind === 'certificate' ? [wishIndexValue(wish)] : [];
}

export function wishIndexValue(of: {
  readonly kind: 'secret' | 'certificate';
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${of.kind}/${of.namespace}/${of.name}`;
}

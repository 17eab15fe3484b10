// Everything that one decision about a target may look at, and the rules of this installation. Values only.
import type { KubeObject } from '../../api/meta.ts';
import type { BundleRules } from './bundle.ts';

/** Why nothing is injected, as users read it: stable text that ends with what to do about it. */
export interface Problem {
  readonly reason: InjectionReason;
  readonly message: string;
  /** Ends by itself where things are only coming up: it is told once it has lasted for a while. */
  readonly mayPass: boolean;
}

/** Reasons of the events about targets, with their meaning. */
export const injectionReasons = {
  InvalidSource: 'An annotation names no source of a CA that could exist.',
  SourceNotFound: 'The Certificate or Secret that an annotation names does not exist.',
  SourceNotAllowed: 'The source may not be used: it lies in a namespace out of bounds, or does not allow it itself.',
  InvalidCA: 'The source has no CA, or none that can be injected.',
  InjectionRefused: 'The API server does not take the CA bundle.',
  InjectionContested: 'Something else keeps changing the CA bundle, which is now set more rarely.',
} as const;
export type InjectionReason = keyof typeof injectionReasons;

/** What was found where the annotations point. */
export type Source =
  | { readonly kind: 'ca'; readonly ca: Buffer }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** What this process remembers of a target. */
export interface Past {
  /** Since when the problem of now has been there; to one that stands by, the only problem is a bundle that is missing. */
  readonly troubledSince?: Date;
  /** When the bundle was set; the last few times, oldest first. */
  readonly writes: readonly Date[];
}

export interface InjectionSeen {
  /** Name, uid and annotations. */
  readonly target: KubeObject;
  /** `held`: something keeps changing the bundle back, and until then nobody looks. */
  readonly source: Source | { readonly kind: 'held'; readonly until: Date };
  /** The whole target as it is now; only where there is a CA to inject. */
  readonly live?: KubeObject;
  readonly past: Past;
  /** Nobody tells when the CA of the API server changes. */
  readonly lookAgain: boolean;
  /** We hold the Lease, or there is no election. Otherwise we stand by. */
  readonly leads: boolean;
}

export interface InjectionRules extends BundleRules {
  /** `--namespace`: the only one of which sources are read; empty: all. */
  readonly namespace: string;
  /** `--ignore-namespaces`. */
  readonly ignoredNamespaces: ReadonlySet<string>;
  /** Certificates are a source. */
  readonly certificates: boolean;
}

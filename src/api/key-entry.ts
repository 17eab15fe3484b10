// How a label, annotation or finalizer key is written down with its meaning.

export interface KeyEntry {
  readonly key: string;
  /** The kinds of objects that carry it. */
  readonly on: string;
  /** Who sets it: `user` or the part of the controller. */
  readonly by: string;
  readonly meaning: string;
}

export const entry = <const Key extends string>(key: Key, on: string, by: string, meaning: string) => ({
  key,
  on,
  by,
  meaning,
});

/** The kinds from which the shim makes Certificates. */
export const ingressLike = 'Ingress, Gateway, ListenerSet';

// By which labels the objects of an HTTP-01 challenge are found, and which one belongs to it. Pure.
import type { Challenge, ChallengeSpec } from '../../api/challenge.ts';
import { labels } from '../../api/labels.ts';
import { controllerUid, type KubeObject } from '../../api/meta.ts';
import type { Http01Settings, SharedService } from './settings.ts';

type Labels = Readonly<Record<string, string>>;

/** Every object that was made for an HTTP-01 challenge has it: for watches. */
export const solverSelector = `${labels.http01Solver}=true`;

/** The labels that identify the objects of a challenge, and that its Service selects pods by. */
export function solverLabels({ spec }: { readonly spec: Pick<ChallengeSpec, 'dnsName' | 'token'> }): Labels {
  return {
    [labels.http01Domain]: String(adler32(spec.dnsName)),
    [labels.http01Token]: String(adler32(spec.token)),
    [labels.http01Solver]: 'true',
  };
}

/** Those and others; nobody may change those that identify: what they no longer find would be made again and again. */
export function allLabels(
  challenge: Challenge,
  { extraLabels }: Http01Settings,
  ...more: readonly (Labels | undefined)[]
): Labels {
  return Object.assign({}, extraLabels, ...more, solverLabels(challenge)) as Labels;
}

/**
 * The uid of the Challenge that an object was made for. An owner reference cannot lead into another namespace: beside the shared Service a label
 * says it, where only the administrators of this program write.
 */
export function challengeUidOf({ metadata }: KubeObject, shared?: SharedService): string | undefined {
  const owner = controllerUid(metadata);
  if (owner !== undefined || shared === undefined || metadata.namespace !== shared.namespace) return owner;
  return metadata.labels?.[labels.http01ChallengeUid];
}

/** RFC 1950 section 8.2, of the text's UTF-8. */
export function adler32(text: string): number {
  let [a, b] = [1, 0];
  for (const byte of new TextEncoder().encode(text)) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

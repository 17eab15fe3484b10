// Rules that the API server itself checks, so that nonsense is refused where no webhook answers: the words in which they are written.
// They are a part of the webhook's rules, never more, and none that a feature gate decides. Bytes are never empty: their format forbids it.
// Why they are as they are: docs/adr/0008-rules-in-the-crds.md.
import type { CelRule } from './schema-words.ts';

/** A rule on the member at `path` of an object; `[]` stands for each item of a list. */
export interface PlacedRule extends CelRule {
  readonly path: string;
}

/** A row of a table of rules: where, what must hold of `self`, and the words of the webhook for what does not. */
export type RuleRow = readonly [path: string, rule: string, message: string];

export const placedRules = (rows: readonly RuleRow[]): readonly PlacedRule[] =>
  rows.map(([path, rule, message]) => ({ path, rule, message }));

/** An optional text that is there and not empty. */
export const isSet = (member: string): string => `(has(${member}) && ${member} != '')`;

/** An optional text, list, map or flag, read as `empty` where it is not there, as Go reads it. */
export const read = (member: string, empty: string): string => `(has(${member}) ? ${member} : ${empty})`;

/** Whether a member is as it was, where absent and empty are the same. Clients in Go write back objects without their empty members. */
export const unchanged = (member: string, empty: string): string =>
  `${read(`self.${member}`, empty)} == ${read(`oldSelf.${member}`, empty)}`;

export const any = (members: readonly string[]): string => members.map((member) => `has(self.${member})`).join(' || ');

/**
 * Whether at most one of `members` of `self` is there. As a chain without negations, each of which costs as much as a look: the API server
 * takes what a rule may cost times as many items as fit into a request, and a sum would cost three times as much.
 */
export const atMostOne = ([first, ...others]: readonly string[]): string =>
  others.length === 0 ? 'true' : `has(self.${first}) ? (${any(others)} ? false : true) : ${atMostOne(others)}`;

export const all = (conditions: readonly string[]): string => conditions.join(' && ');

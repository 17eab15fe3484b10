// Conditions: their wire shape, how they are read and changed, and their types and reasons as constants (condition-table.ts explains them).
import { formatTime } from '../base/rfc3339.ts';
import { type ConditionReason, type ConditionType, conditionTable } from './condition-table.ts';
import { choice, dateTime, int64, mapList, object, text, type Wire } from './schema-words.ts';

const shape = {
  type: text('What the condition is about. A list holds at most one condition of a type.'),
  status: choice(['True', 'False', 'Unknown'], 'Whether the condition holds.'),
  reason: text('One word for machines: why the condition has this status.').optional(),
  message: text('A sentence for people: why the condition has this status.').optional(),
  lastTransitionTime: dateTime(
    'When the status last changed. A new reason or message alone does not move it.',
  ).optional(),
};

const observed = {
  observedGeneration: int64('The generation of the object that was looked at when the condition was set.').optional(),
};

/** The conditions of a Certificate, Issuer or ClusterIssuer. */
export const observedConditions = (description: string) =>
  mapList(object({ ...shape, ...observed }, 'One aspect of the state.'), ['type'], description);

/** The conditions of a CertificateRequest, which know no generation. */
export const plainConditions = (description: string) =>
  mapList(object(shape, 'One aspect of the state.'), ['type'], description);

export type Condition = Wire<ReturnType<typeof observedConditions>>[number];

/** What `setCondition` is told: everything but the time. */
export type NewCondition = Omit<Condition, 'lastTransitionTime'>;

const constants = <Name extends string>(names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as { readonly [Key in Name]: Key };

/** Condition types by name: `conditionTypes.Ready`. */
export const conditionTypes = constants<ConditionType>(conditionTable.map((entry) => entry.type));

/** Condition reasons by name: `reasons.DoesNotExist`. */
export const reasons = constants<ConditionReason>(conditionTable.map((entry) => entry.reason));

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether there is a condition of that type with status True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditionOf(conditions, type)?.status === 'True';
}

/**
 * The list with this condition in it: in the place of the former one of its type, else at the end. `lastTransitionTime` becomes `now`
 * (RFC 3339, whole seconds) only where the status changes; otherwise the former time stays, even where it was absent.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  condition: NewCondition,
  now: Date,
): Condition[] {
  const former = conditionOf(conditions, condition.type);
  const next = timed(condition, former, now);
  if (former === undefined) return [...(conditions ?? []), next];
  return (conditions ?? []).map((each) => (each.type === condition.type ? next : each));
}

function timed(condition: NewCondition, former: Condition | undefined, now: Date): Condition {
  if (former?.status !== condition.status) return { ...condition, lastTransitionTime: formatTime(now) };
  const time = former.lastTransitionTime;
  return time === undefined ? { ...condition } : { ...condition, lastTransitionTime: time };
}

/** The list without conditions of that type. */
export function removeCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

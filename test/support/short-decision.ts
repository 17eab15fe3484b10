// Decisions as short lines, for tables: each action in the order in which it is carried out, then when to look again, in seconds from now.
import type { Action, Decision } from '../../src/kube/reconcile.ts';

interface NamedCall {
  readonly kind: string;
  readonly name?: string;
  readonly purpose?: string;
}

/** A whole status is written as JSON; `delete` names the uid. */
export function short(decision: Decision<NamedCall>, now: Date): readonly string[] {
  if (decision.kind === 'call') {
    const { kind, name, purpose } = decision.call;
    return [['call', kind, name, purpose].filter((each) => each !== undefined).join(' ')];
  }
  const { actions, wake } = decision;
  const seconds = wake === 'onChange' ? [] : [`wake ${(wake.at.getTime() - now.getTime()) / 1000}`];
  return [...actions.map(line), ...seconds];
}

function line(action: Action): string {
  switch (action.kind) {
    case 'create':
    case 'apply':
      return `${action.kind} ${action.manifest.kind} ${action.manifest.metadata.name}`;
    case 'status':
      return `status ${JSON.stringify(action.status)}`;
    case 'finalizers':
      return `finalizers [${action.finalizers.join(', ')}]`;
    case 'delete':
      return `delete ${action.resource.kind} ${action.uid}`;
    case 'event':
      return `${action.type} ${action.reason}: ${action.message}`;
    default:
      return `${action.kind} ${action.object.kind} ${action.object.metadata.name}`;
  }
}

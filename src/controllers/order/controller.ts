// The Order controller: from an Order to its certificate. Wires observe, decide, perform and settle together, and remembers how far each Order is.
import { ApiError } from '../../base/errors.ts';
import type { BackendIoFactory } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Action, Controller } from '../../kube/reconcile.ts';
import { defaultPemLimits, type PemLimits } from '../../pki/limits.ts';
import { decideOrder } from './decide.ts';
import { OrderMemory, rememberedAfter } from './memory.ts';
import { type OrderCollections, observeOrder, orderMappings } from './observe.ts';
import { type OrderAccounts, performOrder } from './perform.ts';
import type { OrderCall, OrderOutcome, OrderSeen } from './seen.ts';
import { settleOrder } from './settle.ts';

export interface OrderSettings {
  readonly clusterResourceNamespace: string;
  readonly limits?: PemLimits;
}

export interface OrderControllerOptions extends OrderCollections {
  readonly accounts: OrderAccounts;
  readonly io: BackendIoFactory;
  readonly settings: OrderSettings;
  readonly now: () => Date;
}

/** The controller, and the mappings from changes to the keys it must look at. */
export function createOrderController(options: OrderControllerOptions): {
  readonly controller: Controller<OrderSeen, OrderCall, OrderOutcome>;
  readonly watches: ReturnType<typeof orderMappings>;
  /** The `execute` that the controller is started with must go through it: a Challenge that the API server refuses becomes a reason. */
  readonly guard: (execute: Execute) => Execute;
} {
  const { accounts, settings } = options;
  const { clusterResourceNamespace, limits = defaultPemLimits } = settings;
  const memory = new OrderMemory();
  /** Whose Challenges these actions make. */
  const makers = new WeakMap<readonly Action[], string>();
  const deps = { ...options, clusterResourceNamespace, limits };
  const controller: Controller<OrderSeen, OrderCall, OrderOutcome> = {
    name: 'orders',
    observe: (key, signal) => observeOrder(key, deps, (uid) => memory.of(uid), signal),
    decide: (seen, now) => {
      const decision = decideOrder(seen, now);
      const { uid } = seen.order.metadata;
      if (decision.kind === 'write') {
        memory.note(uid, rememberedAfter(memory.of(uid), decision.actions));
        if (decision.actions.some(({ kind }) => kind === 'create')) makers.set(decision.actions, uid);
      }
      return decision;
    },
    perform: (call, signal) => {
      const resourceNamespace = resourceNamespaceOf(call.issuer, clusterResourceNamespace);
      const io = options.io.open({ resourceNamespace, signal });
      return performOrder(call, { accounts, io, requestBytes: limits.certificateBytes });
    },
    settle: (seen, _call, outcome, now) => {
      const { writes, progress } = settleOrder(seen, outcome, now, limits);
      memory.note(seen.order.metadata.uid, progress);
      return writes;
    },
  };
  return { controller, watches: orderMappings(options), guard: (execute) => noting(execute, memory, makers) };
}

function noting(execute: Execute, memory: OrderMemory, makers: WeakMap<readonly Action[], string>): Execute {
  return async (actions, signal) => {
    const uid = makers.get(actions);
    try {
      await execute(actions, signal);
    } catch (error) {
      if (uid !== undefined && isRefusal(error)) memory.note(uid, { ...memory.of(uid), refusal: error.message });
      throw error;
    }
    const { refusal, ...progress } = memory.of(uid ?? '');
    if (uid !== undefined && refusal !== undefined) memory.note(uid, progress);
  };
}

/** The server said no, a name that somebody else has included: not that something changed meanwhile, nor that it has no time. */
function isRefusal(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || error.reason === 'Conflict') return false;
  return error.status >= 400 && error.status < 500 && error.status !== 429;
}

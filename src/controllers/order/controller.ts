// The Order controller: from an Order to its certificate. Wires observe, decide, perform and settle together, and remembers how far each Order is.
import type { BackendIoFactory } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import type { Controller } from '../../kube/reconcile.ts';
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
} {
  const { accounts, settings } = options;
  const { clusterResourceNamespace, limits = defaultPemLimits } = settings;
  const memory = new OrderMemory();
  const deps = { ...options, clusterResourceNamespace, limits };
  const controller: Controller<OrderSeen, OrderCall, OrderOutcome> = {
    name: 'orders',
    observe: (key, signal) => observeOrder(key, deps, (uid) => memory.of(uid), signal),
    decide: (seen, now) => {
      const decision = decideOrder(seen, now);
      const { uid } = seen.order.metadata;
      if (decision.kind === 'write') memory.note(uid, rememberedAfter(memory.of(uid), decision.actions));
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
  return { controller, watches: orderMappings(options) };
}

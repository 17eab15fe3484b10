// The objects that must exist for one HTTP-01 challenge to be answered. What is there, and what is written, is the Challenge controller's business. Pure.
import type { Challenge } from '../../api/challenge.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import { httpRouteFor } from './httproute.ts';
import { ingressFor } from './ingress.ts';
import { podFor } from './pod.ts';
import { serviceFor } from './service.ts';
import { type Http01Settings, isSet, sharedServiceFor } from './settings.ts';

export interface Http01Objects {
  readonly pod?: Manifest;
  readonly service?: Manifest;
  /** Absent where an existing Ingress is changed: edited-ingress.ts. */
  readonly ingress?: Manifest;
  readonly httpRoute?: Manifest;
}

/** Names are stable; routes lead to the Service by the name that it has here. Empty where the solver is none for HTTP-01. */
export function http01Objects(challenge: Challenge, settings: Http01Settings): Http01Objects {
  const { ingress, gatewayHTTPRoute } = challenge.spec.solver.http01 ?? {};
  if (sharedServiceFor(challenge, settings) !== undefined && ingress !== undefined) {
    return { ingress: ingressFor(challenge, ingress, settings) };
  }
  const answering = { pod: podFor(challenge, settings), service: serviceFor(challenge, settings) };
  if (ingress !== undefined) {
    return isSet(ingress.name) ? answering : { ...answering, ingress: ingressFor(challenge, ingress, settings) };
  }
  if (gatewayHTTPRoute === undefined) return {};
  return { ...answering, httpRoute: httpRouteFor(challenge, gatewayHTTPRoute, settings) };
}

// From the controller's configuration to the settings of HTTP-01: of the objects that are made, and of the solver that all challenges may share.
import type { Http01Settings, SharedService } from '../../solvers/http01/settings.ts';
import type { ControllerConfiguration } from './configuration.ts';
import type { ControllerGateValues } from './feature-gates.ts';

export function http01SettingsOf(
  { acmeHTTP01Config: config }: Pick<ControllerConfiguration, 'acmeHTTP01Config'>,
  gates: Pick<ControllerGateValues, 'ACMEHTTP01IngressPathTypeExact'>,
): Http01Settings {
  const shared = sharedServiceOf(config);
  return {
    solverImage: config.solverImage,
    resources: {
      requests: { cpu: config.solverResourceRequestCPU, memory: config.solverResourceRequestMemory },
      limits: { cpu: config.solverResourceLimitsCPU, memory: config.solverResourceLimitsMemory },
    },
    runAsNonRoot: config.solverRunAsNonRoot,
    runtimeClassName: config.solverRuntimeClassName,
    extraLabels: config.solverExtraLabels,
    exactPaths: gates.ACMEHTTP01IngressPathTypeExact,
    ...(shared === undefined ? {} : { shared }),
  };
}

/** Undefined where each challenge has a pod of its own. */
export function sharedServiceOf({
  solverMode,
  solverService,
}: Pick<ControllerConfiguration['acmeHTTP01Config'], 'solverMode' | 'solverService'>): SharedService | undefined {
  const [namespace = '', name = ''] = solverService.split('/');
  return solverMode === 'shared' ? { namespace, name } : undefined;
}

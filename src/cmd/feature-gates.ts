// Feature gates of any component: how a setting such as `A=true,AllAlpha=false` becomes a value for every gate of a table.
import { didYouMean } from './flags/suggest.ts';

export type GateStage = 'alpha' | 'beta' | 'GA' | 'deprecated' | 'removed';

export interface Gate<Name extends string = string> {
  readonly name: Name;
  readonly stage: GateStage;
  /** The upstream release that brought it to this stage. */
  readonly since?: string;
  readonly default: boolean;
  readonly description: string;
}

/** The gates over fields of Certificates, which whoever admits them and whoever acts on them must both know. */
export const certificateFieldGates = [
  {
    name: 'LiteralCertificateSubject',
    stage: 'beta',
    default: true,
    description: 'spec.literalSubject of Certificates',
  },
  {
    name: 'NameConstraints',
    stage: 'beta',
    since: '1.17',
    default: true,
    description: 'spec.nameConstraints of CA Certificates',
  },
  { name: 'OtherNames', stage: 'beta', since: '1.20', default: true, description: 'spec.otherNames of Certificates' },
] as const satisfies readonly Gate[];

export interface ResolvedGates<Name extends string> {
  readonly gates: Readonly<Record<Name, boolean>>;
  /** For the log: settings that have little or no effect. */
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

const allAlpha = 'AllAlpha';
const allBeta = 'AllBeta';

/** A gate named explicitly always wins over AllAlpha and AllBeta, wherever it stands. */
export function resolveGates<Name extends string>(
  table: readonly Gate<Name>[],
  settings: Readonly<Record<string, boolean>>,
): ResolvedGates<Name> {
  const known = new Map<string, Gate<Name>>(table.map((gate) => [gate.name, gate]));
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    const gate = known.get(name);
    if (gate !== undefined) warnings.push(...settingWarning(gate, value));
    else if (name !== allAlpha && name !== allBeta) {
      const names = [allAlpha, allBeta, ...known.keys()];
      problems.push(`unknown feature gate ${name}${didYouMean(name, names)}; known: ${names.sort().join(', ')}`);
    }
  }
  const of = (gate: Gate<Name>): boolean => {
    const byStage = gate.stage === 'alpha' ? allAlpha : gate.stage === 'beta' ? allBeta : undefined;
    return own(settings, gate.name) ?? (byStage === undefined ? undefined : own(settings, byStage)) ?? gate.default;
  };
  const gates = Object.fromEntries(table.map((gate) => [gate.name, of(gate)])) as Record<Name, boolean>;
  return { gates, warnings, problems };
}

function own(settings: Readonly<Record<string, boolean>>, name: string): boolean | undefined {
  return Object.hasOwn(settings, name) ? settings[name] : undefined;
}

function settingWarning(gate: Gate, value: boolean): string[] {
  if (gate.stage === 'GA')
    return [`feature gate ${gate.name}=${value}: the feature is generally available, the gate will be removed`];
  if (gate.stage === 'deprecated') return [`feature gate ${gate.name}=${value}: the gate is deprecated`];
  if (gate.stage === 'removed')
    return [`feature gate ${gate.name}=${value}: the feature was removed, the gate has no effect`];
  return [];
}

/** One line a gate, for the help. */
export function gateLines(table: readonly Gate[]): string[] {
  const width = Math.max(...table.map((gate) => gate.name.length)) + 2;
  return table.map((gate) => {
    const stage = gate.since === undefined ? gate.stage : `${gate.stage} ${gate.since}`;
    return `${gate.name.padEnd(width)}${stage.padEnd(12)}${gate.default ? 'on ' : 'off'}  ${gate.description}`;
  });
}

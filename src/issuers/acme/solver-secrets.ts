// Whether the Secrets are there that the solvers of an issuer need: an issuer whose challenges cannot be solved is not ready.
import type { ACMEIssuerSpec } from '../../api/acme-issuer.ts';
import type { Solver } from '../../api/solver.ts';
import type { BackendIo, SecretData } from '../backend.ts';
import { errorText, secretNotFound } from '../signing.ts';

export interface SolverSecret {
  readonly name: string;
  /** Empty: any. */
  readonly key: string;
}

/** The Secrets that one solver needs; none where it needs none. */
export type SolverSecrets = (solver: Solver) => readonly SolverSecret[];

/** The names of the keys alone are kept. */
const keysOf = (data: SecretData): readonly string[] => Object.keys(data);

/** The Secrets of all solvers of an issuer, each once. */
export function secretsOf(config: ACMEIssuerSpec, solverSecrets: SolverSecrets): readonly SolverSecret[] {
  const all = (config.solvers ?? []).flatMap(solverSecrets).filter(({ name }) => name !== '');
  return [...new Map(all.map((each) => [`${each.name}/${each.key}`, each])).values()];
}

/** What is wrong, in upstream's words; empty where nothing is. */
export async function solverProblems(
  config: ACMEIssuerSpec,
  io: BackendIo,
  solverSecrets: SolverSecrets,
): Promise<readonly string[]> {
  const problems = await Promise.all(secretsOf(config, solverSecrets).map((each) => problemOf(each, io)));
  return problems.flatMap((problem) => (problem === undefined ? [] : [problem]));
}

async function problemOf({ name, key }: SolverSecret, io: BackendIo): Promise<string | undefined> {
  try {
    const keys = await io.secret(name, keysOf);
    if (keys === undefined) return `failed to get secret "${name}": ${secretNotFound(name)}`;
    return key === '' || keys.includes(key) ? undefined : `the secret "${name}" does not have key "${key}"`;
  } catch (error) {
    io.signal.throwIfAborted();
    return `failed to get secret "${name}": ${errorText(error)}`;
  }
}

// The program without its process: picks the component that the first argument names and runs it.
import { type Component, componentNamed, components } from './components.ts';
import { didYouMean } from './flags/suggest.ts';
import type { Process } from './process.ts';
import { versionText } from './version.ts';

/** Resolves with the exit code. */
export async function runProgram(process: Process): Promise<number> {
  const [name, ...args] = process.args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout(overview());
    return 0;
  }
  if (name === 'version' || name === '--version') {
    process.stdout(`${versionText}\n`);
    return 0;
  }
  const component = componentNamed(name);
  if (component?.load === undefined) {
    process.stderr(refusal(name, component));
    return 1;
  }
  const run = await component.load();
  return run({ ...process, args });
}

function refusal(name: string, component: Component | undefined): string {
  const built = components.filter(({ load }) => load !== undefined).map((each) => each.name);
  if (component !== undefined)
    return `certwright: this build does not have the component ${component.name} yet; it has: ${built.join(', ')}\n`;
  const known = components.map((each) => each.name);
  const hint = name.startsWith('-') ? '; the component comes first, as in: certwright controller --help' : '';
  return `certwright: unknown component "${name}"${didYouMean(name, known)}${hint}; known: ${known.join(', ')}\n`;
}

function overview(): string {
  const width = Math.max(...components.map(({ name }) => name.length)) + 2;
  const lines = components.map(
    ({ name, summary, load }) => `  ${name.padEnd(width)}${summary}${load === undefined ? ' (not in this build)' : ''}`,
  );
  return `certwright issues and renews certificates in Kubernetes, in place of cert-manager.

Usage:
  certwright <component> [flags]
  certwright <component> --help
  certwright version

Components:
${lines.join('\n')}
`;
}

// The `dns01` member of a solver: exactly one provider. What each provider asks of its own members stands in dns01-providers.ts.
import { type FieldError, forbidden, invalid, required } from '../findings.ts';
import { providers } from './dns01-providers.ts';
import { type Members, membersOf, textOf } from './members.ts';

export function dns01Errors(dns01: Members, path: string): FieldError[] {
  const errors = strategyErrors(textOf(dns01.cnameStrategy), path);
  let found = 0;
  for (const { name, rules, alwaysChecked = false } of providers) {
    const config = membersOf(dns01[name]);
    if (config === undefined) continue;
    found++;
    if (found === 1 || alwaysChecked) errors.push(...rules(config, `${path}.${name}`));
    else errors.push(forbidden(`${path}.${name}`, 'may not specify more than one provider type'));
  }
  return found > 0 ? errors : [...errors, required(path, 'no DNS01 provider configured')];
}

function strategyErrors(strategy: string, path: string): FieldError[] {
  if (['', 'None', 'Follow'].includes(strategy)) return [];
  return [invalid(`${path}.cnameStrategy`, strategy, 'must be one of "None" or "Follow"')];
}

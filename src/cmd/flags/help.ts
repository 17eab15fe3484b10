// The text that --help prints, made from the flag tables. Fixed width: the output does not depend on the terminal.
import { type Flag, type FlagGroup, flagTypes, showValue } from './flag.ts';

export interface HelpPage {
  readonly usage: string;
  readonly about: string;
  readonly groups: readonly FlagGroup[];
  /** Further tables after the flags. */
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

export function helpText(page: HelpPage): string {
  const shown = page.groups.map(({ title, flags }) => ({
    title,
    flags: flags.filter((flag) => flag.ignored === undefined),
  }));
  const width = Math.max(...shown.flatMap(({ flags }) => flags.map((flag) => signature(flag).length))) + 2;
  const ignored = page.groups.flatMap(({ flags }) => flags.filter((flag) => flag.ignored !== undefined));
  const lines = [page.about, '', 'Usage:', `  ${page.usage}`];
  for (const { title, flags } of shown) {
    if (flags.length === 0) continue;
    lines.push(
      '',
      `${title}:`,
      ...flags.map((flag) => `${signature(flag).padEnd(width)}${flag.description}${defaultNote(flag)}`),
    );
  }
  if (ignored.length > 0) {
    lines.push('', 'Accepted and ignored, so that older command lines keep working:');
    lines.push(...wrapped(ignored.map((flag) => `--${flag.name}`)));
  }
  for (const { title, lines: body } of page.sections) lines.push('', `${title}:`, ...body.map((line) => `  ${line}`));
  return `${lines.join('\n')}\n`;
}

function signature(flag: Flag): string {
  const { word } = flagTypes[flag.type];
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  return `  ${short}--${flag.name}${word === '' ? '' : ` ${word}`}`;
}

/** Nothing for defaults that say nothing: empty, false. */
function defaultNote(flag: Flag): string {
  const text = showValue(flag.default);
  return text === '' || flag.default === false || flag.default === undefined ? '' : ` (default ${text})`;
}

/** Words in lines of at most 118 columns, indented. */
export function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + word.length > 114) {
      lines.push(`  ${line},`);
      line = '';
    }
    line += line === '' ? word : `, ${word}`;
  }
  return [...lines, `  ${line}`];
}

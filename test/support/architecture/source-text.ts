// Reads TypeScript just far enough for the architecture rules: which text is code, and what is imported. Not a parser.

export interface Import {
  /** As written: `./seen.ts`, `node:fs`, `zod`. Undefined for a dynamic import of something computed. */
  readonly specifier: string | undefined;
  readonly kind: 'static' | 'type' | 'sideEffect' | 'reExport' | 'dynamic';
  readonly line: number;
}

export interface SourceText {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly lines: readonly string[];
  /** The text with comments, and what stands in strings, templates and regular expressions, replaced by spaces. Lines stay lines. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export function readSource(path: string, text: string): SourceText {
  const code = blankOut(text);
  return { path, lines: text.trimEnd().split('\n'), code, imports: importsOf(text, code) };
}

/** After these a slash starts a regular expression, elsewhere it divides. */
const beforeRegularExpression = /(^|[(,=:[!&|?{};+\-*%~^<>]|\b(return|typeof|case|in|of|void|yield|await))\s*$/;
const opaque = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|[`{}/]/g;
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//y;
const templatePart = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(`|\$\{)/y;

function blankOut(text: string): string {
  let code = '';
  let at = 0;
  /** For each open brace, whether it belongs to a template's `${`. */
  const braces: boolean[] = [];
  const blank = (end: number) => {
    code += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const skipTemplate = (start: number) => {
    templatePart.lastIndex = start;
    const part = templatePart.exec(text);
    blank(part === null ? text.length : templatePart.lastIndex);
    if (part?.[1] === '${') braces.push(true);
  };
  for (;;) {
    opaque.lastIndex = at;
    const found = opaque.exec(text);
    if (found === null) return code + text.slice(at);
    const [token] = found;
    code += text.slice(at, found.index);
    at = found.index;
    if (token === '`') skipTemplate(at + 1);
    else if (token === '{' || token === '}') {
      const endsPart = token === '}' && braces.pop() === true;
      if (token === '{') braces.push(false);
      if (endsPart) skipTemplate(at + 1);
      else code += text[at++];
    } else if (token === '/') {
      regularExpression.lastIndex = at;
      if (beforeRegularExpression.test(code.slice(-200)) && regularExpression.test(text))
        blank(regularExpression.lastIndex);
      else code += text[at++];
    } else if (token.startsWith('/')) blank(at + token.length);
    else {
      // The quotes stay: an import is found by them.
      code += token[0];
      at += 1;
      blank(found.index + token.length - 1);
      code += token[0];
      at += 1;
    }
  }
}

const importStatement = /^(import|export)\b([^;'"]*?)(['"])( *)\3/gm;
const dynamicImport = /\bimport\(\s*(?:(['"])( *)\1)?/g;

/** Finds them in the blanked code, so that comments and strings do not count, and reads their names at the same place in the text. */
function importsOf(text: string, code: string): Import[] {
  const lineAt = (index: number) => code.slice(0, index).split('\n').length;
  const imports: Import[] = [];
  for (const match of code.matchAll(importStatement)) {
    const [whole, keyword, between = '', , blanks = ''] = match;
    const end = match.index + whole.length - 1;
    if (keyword === 'export' && !/\bfrom\s*$/.test(between)) continue;
    const specifier = text.slice(end - blanks.length, end);
    imports.push({ specifier, kind: kindOf(keyword, between), line: lineAt(match.index) });
  }
  for (const match of code.matchAll(dynamicImport)) {
    const [whole, , blanks] = match;
    const end = match.index + whole.length - 1;
    const specifier = blanks === undefined ? undefined : text.slice(end - blanks.length, end);
    imports.push({ specifier, kind: 'dynamic', line: lineAt(match.index) });
  }
  return imports;
}

function kindOf(keyword: string | undefined, between: string): Import['kind'] {
  if (keyword === 'export') return 'reExport';
  if (between.trim() === '') return 'sideEffect';
  return /^\s+type\b/.test(between) ? 'type' : 'static';
}

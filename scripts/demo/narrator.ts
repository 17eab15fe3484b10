// What the demo prints: titles, steps, details, with the time since the start. Colour only on a terminal.
const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

export class Narrator {
  readonly #start = Date.now();

  title(text: string): void {
    console.log(`\n${paint(1, text)}\n${'─'.repeat(Math.min(text.length, 100))}`);
  }

  step(text: string): void {
    const seconds = ((Date.now() - this.#start) / 1000).toFixed(1).padStart(6);
    console.log(`${paint(36, `${seconds}s`)}  ${text}`);
  }

  detail(text: string): void {
    for (const line of text.trimEnd().split('\n')) console.log(`         ${line}`);
  }

  event(warning: boolean, text: string): void {
    console.log(`         ${paint(warning ? 33 : 32, warning ? '!' : '·')} ${text}`);
  }
}

// Metrics whose values are worked out when somebody looks, from what the process knows anyway: nothing is kept, and many thousand values are
// written piece by piece, so that neither memory nor the event loop notices a scrape.
import type { Registry } from 'prom-client';

export interface Sample {
  /** As `labelText` writes them; empty for none. */
  readonly labels: string;
  readonly value: number;
}

export interface ScrapedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  collect(): Iterable<Sample>;
}

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

const pieceSize = 32 * 1024;

/** Prometheus' text format, in pieces; other work gets its turn between them. */
export async function* exposition(registry: Registry, scraped: readonly ScrapedMetric[]): AsyncGenerator<string> {
  let piece = '';
  for (const { name, help, type, collect } of scraped) {
    piece += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const { labels, value } of collect()) {
      piece += labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
      if (piece.length < pieceSize) continue;
      yield piece;
      piece = '';
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  yield piece + (await registry.metrics());
}

/** `name="web",namespace="shop"` */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}

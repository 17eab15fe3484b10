// The process's logger: pino, written synchronously to one destination, as text or JSON, with levels as klog counts them.
import { type Logger as PinoLogger, pino } from 'pino';
import type { Log } from '../../base/log.ts';
import { loggable, scrubbed } from './redact.ts';

export interface LogSettings {
  readonly format: string;
  /** klog's -v: 0 errors, 1 warnings, 2 and 3 information, 4 debug, 5 and more everything. */
  readonly verbosity: number;
  /** Levels of single loggers, by glob over their name; the first that fits counts. */
  readonly vmodule: readonly { readonly filePattern: string; readonly verbosity: number }[];
}

export interface Logger extends Log {
  /** A logger whose lines carry this name. */
  named(name: string): Logger;
}

type Level = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export function levelOf(verbosity: number): Level {
  if (verbosity <= 0) return 'error';
  if (verbosity === 1) return 'warn';
  if (verbosity <= 3) return 'info';
  return verbosity === 4 ? 'debug' : 'trace';
}

/** `write` gets whole lines, each with its newline. Every line carries `fields`. */
export function createLogger(settings: LogSettings, write: (line: string) => void, fields: object = {}): Logger {
  const options = { stacks: settings.verbosity >= 4 };
  const root = pino(
    {
      base: { ...fields },
      level: levelOf(settings.verbosity),
      timestamp: () => `,"ts":${Date.now()}`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => loggable({ ...fields }, options) as Record<string, unknown>,
      },
      serializers: { err: (error) => (error instanceof Error ? loggable(error, options) : error) },
    },
    { write: (line: string) => write(settings.format === 'json' ? scrubbed(line) : textLine(scrubbed(line))) },
  );
  return wrap(root, settings);
}

function wrap(logger: PinoLogger, settings: LogSettings): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    named: (name) => {
      const module = settings.vmodule.find(({ filePattern }) => globMatches(filePattern, name));
      return wrap(
        logger.child({ logger: name }, module === undefined ? {} : { level: levelOf(module.verbosity) }),
        settings,
      );
    },
  };
}

function globMatches(pattern: string, name: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`).test(name);
}

/** `2026-11-22T20:00:00.000Z INFO  message key=value key="two words"`, from pino's JSON line. */
function textLine(line: string): string {
  const { ts, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const time = new Date(Number(ts)).toISOString();
  const pairs = Object.entries(fields).flatMap(([key, value]) => pairsOf(key, value));
  return `${[`${time} ${String(level).toUpperCase().padEnd(5)} ${oneLine(String(msg ?? ''))}`, ...pairs].join(' ')}\n`;
}

/** Errors become one text, `message: cause: cause`; other objects become JSON. */
function pairsOf(key: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${key}=${textValue(value)}`];
  const { type, message, cause, stack } = value as {
    type?: unknown;
    message?: unknown;
    cause?: unknown;
    stack?: unknown;
  };
  if (typeof type !== 'string' || typeof message !== 'string') return [`${key}=${JSON.stringify(value)}`];
  let text = message;
  for (let next = cause; isCause(next); next = next.cause) {
    if (!text.includes(next.message)) text += `: ${next.message}`;
  }
  return [`${key}=${textValue(text)}`, ...(typeof stack === 'string' ? [`${key}_stack=${JSON.stringify(stack)}`] : [])];
}

function isCause(value: unknown): value is { message: string; cause?: unknown } {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}

function textValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return value === '' || /[\s"=\\\u0000-\u001f\u007f]/.test(value) ? JSON.stringify(value) : value;
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}

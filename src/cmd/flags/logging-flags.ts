// The logging flags that every component has, klog's retired ones included.
import type { Flag, FlagGroup, FlagType } from './flag.ts';

const ignored = 'log lines go to stderr, one a line';

function retired(name: string, type: FlagType, fallback: unknown): Flag {
  return { name, type, default: fallback, description: 'retired klog flag', hidden: true, ignored };
}

export const loggingFlags: FlagGroup = {
  title: 'Logging',
  flags: [
    {
      name: 'v',
      short: 'v',
      type: 'int',
      path: 'logging.verbosity',
      default: 2,
      description: '0 errors, 1 warnings, 2 and 3 information, 4 debug, 5 trace',
    },
    {
      name: 'vmodule',
      type: 'vmodule',
      path: 'logging.vmodule',
      default: [],
      description: 'levels for single loggers, by glob: certificates*=5',
    },
    { name: 'logging-format', type: 'string', path: 'logging.format', default: 'text', description: 'text or json' },
    {
      name: 'log-flush-frequency',
      type: 'duration',
      path: 'logging.flushFrequency',
      default: '5s',
      description: 'no effect: every line is written at once',
    },
    retired('add_dir_header', 'bool', false),
    retired('alsologtostderr', 'bool', false),
    retired('log_backtrace_at', 'string', ''),
    retired('log_dir', 'string', ''),
    retired('log_file', 'string', ''),
    retired('log_file_max_size', 'int', 1800),
    retired('logtostderr', 'bool', true),
    retired('one_output', 'bool', false),
    retired('skip_headers', 'bool', false),
    retired('skip_log_headers', 'bool', false),
    retired('stderrthreshold', 'string', '2'),
  ],
};

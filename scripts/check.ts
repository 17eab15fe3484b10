// The quick part of the ladder, under 30 seconds: generated files, types, lint and format, architecture rules, pure tests.
import { runStages, statics, testFiles, testStage } from './ladder/stage.ts';

const unit = testStage(
  'unit',
  'Is each decision right, and does the code keep its own rules?',
  testFiles('unit'),
  60_000,
);
if (!(await runStages([...statics, unit]))) process.exitCode = 1;

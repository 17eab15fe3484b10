// The quick part of the ladder, under 30 seconds: generated files, types, lint and format, architecture rules, pure tests.
import { taskOptions } from './arguments.ts';
import { runStages, statics, testFiles, testStage } from './ladder/stage.ts';

const usage = `npm run check

Before every commit, under 30 seconds: are the generated files up to date, do types, lint and format fit, does each pure test pass?
npm test runs the rest of the ladder too. node_modules/.bin/biome check --write mends the format, npm run gen the generated files.`;

const options = taskOptions('npm run check', usage, {});
const unit = testStage(
  'unit',
  'Is each decision right, and does the code keep its own rules?',
  testFiles('unit'),
  60_000,
);
if (options !== undefined && !(await runStages([...statics, unit]))) process.exitCode = 1;

// Runs scripts/<task>.ts on Node 24, on a fresh clone too: installs the dependencies where they are missing or out of date (Node 24 is
// one of them) and starts the task with what was installed. Plain JavaScript for Node 20 and later, because nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.installed-lock');
const lockFile = join(root, '.install-lock');
const progressMs = 5000;
const orphanCheckMs = 1000;
/** Type stripping without a warning; older releases of 24 still print one. */
const wanted = { major: 24, minor: 12 };

const say = (line) => process.stderr.write(`${line}\n`);
const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`;

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > wanted.major || (major === wanted.major && minor >= wanted.minor);
}

/** What the installation depends on: the lock, and the platform whose binaries it brought. */
function fingerprint() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}`;
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint();
}

/** npm as it was called, else the one on PATH; answers a command and its first arguments. */
function npmCommand() {
  const path = process.env.npm_execpath;
  return path?.endsWith('npm-cli.js') === true ? [process.execPath, path] : ['npm'];
}

/** Runs npm with its output kept back: shown when it fails. Says every few seconds that it is still at work. */
function npm(what, args) {
  const started = Date.now();
  say(what);
  const [command, ...first] = npmCommand();
  const child = spawn(command, [...first, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const progress = setInterval(() => say(`  … still at it, ${seconds(started)}`), progressMs);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`npm could not be started (${error.message}). Is npm installed?`)));
    child.on('close', (code) => {
      if (code === 0) resolve(say(`  done in ${seconds(started)}`));
      else
        reject(
          new Error(
            `${output}\nnpm ${args[0]} failed with code ${code} after ${seconds(started)}; its output is above.`,
          ),
        );
    });
  }).finally(() => clearInterval(progress));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** True when this process now holds the lock. One left behind by a process that is gone is taken away. */
function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    const holder = Number(readFileSync(lockFile, 'utf8'));
    const isFresh = Date.now() - statSync(lockFile).mtimeMs < 5000;
    if (holder === 0 ? !isFresh : !isAlive(holder)) rmSync(lockFile, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return false;
}

async function install() {
  for (let told = 0; !takeLock(); ) {
    if (Date.now() - told > progressMs) say('Another process is installing the dependencies; waiting for it.');
    told = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  try {
    if (isInstalled()) return;
    const why = existsSync(modules) ? 'package-lock.json has changed' : 'there is no node_modules yet';
    await npm(`Installing the dependencies with npm ci, because ${why} …`, ['ci']);
    if (installedNode() === undefined && !isNewEnough(process.version)) {
      await npm('Fetching Node 24, whose install script did not run …', ['rebuild', 'node', '--ignore-scripts=false']);
    }
    writeFileSync(stampFile, fingerprint());
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** The Node that npm installed into the project, where it runs and is new enough. */
function installedNode() {
  const path = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(path)) return undefined;
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return status === 0 && isNewEnough(stdout.trim()) ? path : undefined;
}

/** `test:e2e` is scripts/e2e.ts. */
function fileOf(task) {
  return join(root, 'scripts', `${task.split(':').at(-1)}.ts`);
}

/** The tasks that package.json starts through this file. */
function taskNames() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys(scripts).filter((name) => existsSync(fileOf(name)));
}

/** Each task with the first sentence of its own opening comment. */
function listTasks() {
  const lines = taskNames().map((name) => {
    const text = readFileSync(fileOf(name), 'utf8');
    const [comment = ''] = /^(\/\/.*\n)+/.exec(text) ?? [];
    const [first] = comment
      .replaceAll(/\n?\/\/ /g, ' ')
      .trim()
      .split(/(?<=\.) /);
    return `  ${name.padEnd(9)} ${first}`;
  });
  return ['Tasks (npm run <task> -- [arguments]):', ...lines].join('\n');
}

/** Starts the task; signals reach it, and its exit becomes ours. */
function start(node, task, args) {
  const child = spawn(node, [fileOf(task), ...args], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl-C at a terminal reaches the whole foreground group: sending it on would interrupt the task twice.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  // npm that is killed takes its shell with it, but not us. A shell that was gone before (nohup) does not count.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, orphanCheckMs).unref();
  child.on('error', (error) => {
    say(`${node} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('close', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

async function main([task, ...args]) {
  if (task === undefined || !taskNames().includes(task)) {
    if (task !== undefined) say(`There is no task ${task}.`);
    say(listTasks());
    process.exitCode = 2;
    return;
  }
  if (!isInstalled()) await install();
  const node = isNewEnough(process.version) ? process.execPath : installedNode();
  if (node === undefined) {
    throw new Error(
      'Node 24 is needed and npm did not install it. Install Node 24 yourself, or allow the install script of the package `node`.',
    );
  }
  start(node, task, args);
}

main(process.argv.slice(2)).catch((error) => {
  say(error.message);
  process.exitCode = 1;
});

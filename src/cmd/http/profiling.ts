// /debug/pprof/ of a Node process: CPU profiles and heap snapshots for Chrome DevTools, by the inspector of this process.
// Off by default and on localhost by default: a heap snapshot contains whatever the process knows, keys included.
import { Session } from 'node:inspector/promises';
import type { Answer } from './server.ts';

const longestSeconds = 300;

const index = `Profiles of this process, for Chrome DevTools (not for the pprof tool).

/debug/pprof/profile?seconds=30   CPU profile: save as name.cpuprofile
/debug/pprof/heap                 heap snapshot: save as name.heapsnapshot; it stops the process for a moment and holds secrets
/debug/pprof/cmdline              the command line
`;

/** The longest that an answer takes, for the server's time limit. */
export const profilingAnswerMs = (longestSeconds + 30) * 1000;

export function createProfiler(
  commandLine: readonly string[],
): (path: string, query: URLSearchParams) => Promise<Answer> {
  let busy = false;
  const alone = async (take: () => Promise<string>): Promise<Answer> => {
    if (busy) return { status: 409, body: 'another profile is being taken\n' };
    busy = true;
    try {
      return { status: 200, contentType: 'application/json', body: await take() };
    } finally {
      busy = false;
    }
  };
  return async (path, query) => {
    if (path === '/debug/pprof' || path === '/debug/pprof/') return { status: 200, body: index };
    if (path === '/debug/pprof/cmdline') return { status: 200, body: commandLine.join('\u0000') };
    if (path === '/debug/pprof/heap') return alone(heapSnapshot);
    if (path !== '/debug/pprof/profile') return { status: 404, body: 'unknown profile; see /debug/pprof/\n' };
    const seconds = Number(query.get('seconds') ?? '30');
    if (!(seconds > 0 && seconds <= longestSeconds)) return { status: 400, body: `seconds: 1 to ${longestSeconds}\n` };
    return alone(() => cpuProfile(seconds));
  };
}

async function cpuProfile(seconds: number): Promise<string> {
  return withSession(async (session) => {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  });
}

async function heapSnapshot(): Promise<string> {
  return withSession(async (session) => {
    const chunks: string[] = [];
    session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => chunks.push(params.chunk));
    await session.post('HeapProfiler.takeHeapSnapshot');
    return chunks.join('');
  });
}

async function withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  try {
    return await use(session);
  } finally {
    session.disconnect();
  }
}

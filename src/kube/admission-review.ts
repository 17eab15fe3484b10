// One admission review over HTTP: from a request to what is answered. Reads the body within limits, asks the handler, gives up in time.
import type { IncomingMessage } from 'node:http';
import { parseDuration } from '../base/duration.ts';
import type { Log } from '../base/log.ts';
import type { AdmissionLimits } from './admission-limits.ts';
import type { Turn } from './connections.ts';

/** The `request` of an AdmissionReview, with a uid; all else in it is as somebody sent it. */
export interface ReviewRequest {
  readonly uid: string;
}

/** The `response` of an AdmissionReview. */
export interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
}

export interface ReviewHandlers {
  mutate(request: ReviewRequest): Promise<ReviewResponse>;
  validate(request: ReviewRequest): Promise<ReviewResponse>;
  readonly log: Log;
}

export interface ReviewAnswer {
  /** `/mutate`, `/validate` or `other`. */
  readonly path: string;
  readonly status: number;
  readonly isJson: boolean;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const apiVersion = 'admission.k8s.io/v1';
const kind = 'AdmissionReview';
const mediaType = 'application/json';

/**
 * 200 with the handler's response; 400, 404, 405, 413, 500 or 504 with a line of text for what never got that far. Undefined: the client is
 * gone. Never rejects.
 */
export async function answerReview(
  request: IncomingMessage,
  handlers: ReviewHandlers,
  { limits, turn }: { readonly limits: AdmissionLimits; readonly turn: Turn },
): Promise<ReviewAnswer | undefined> {
  const body = await receive(request, limits.bodyBytes, turn);
  if (body === 'gone') return undefined;
  turn.begin();
  const url = URL.parse(request.url ?? '/', 'https://localhost');
  const path = url?.pathname === '/mutate' || url?.pathname === '/validate' ? url.pathname : 'other';
  const say = (status: number, text: string, headers = {}): ReviewAnswer => ({
    path,
    status,
    isJson: false,
    body: `${text}\n`,
    headers,
  });
  if (path === 'other') return say(404, 'not found: reviews go to /mutate and /validate');
  if (request.method !== 'POST') return say(405, 'only POST', { allow: 'POST' });
  if (body === 'tooLarge')
    return say(413, `the request body is too large: it must be smaller than ${limits.bodyBytes} bytes`);
  if (body.length === 0) return say(400, 'the request body is empty');
  const contentType = request.headers['content-type'] ?? '';
  if (contentType.split(';', 1)[0]?.trim().toLowerCase() !== mediaType)
    return say(400, `contentType=${contentType.slice(0, 100)}, expected ${mediaType}`);
  const review = parseReview(body);
  if (typeof review === 'string') return say(400, review);
  const outcome = await inTime(
    () => (path === '/mutate' ? handlers.mutate(review) : handlers.validate(review)),
    answerMs(url?.searchParams.get('timeout'), limits),
    handlers.log,
  );
  if (outcome === 'late') return say(504, 'the review took too long');
  if (outcome === 'failed') return say(500, 'internal error');
  return { path, status: 200, isJson: true, body: outcome };
}

/** Whoever sends that many times the limit gets no answer that waits for the end. */
const patience = 4;
/** Every piece costs time, however small. A client that sends byte by byte, in more pieces than a slow network makes, is cut off. */
const fewPieces = 1_000;
const leastPieceBytes = 64;

/** The whole body, while `turn` allows. What is too large is read to its end, or the client would never see our answer, but not kept. */
function receive(request: IncomingMessage, limit: number, turn: Turn): Promise<Buffer | 'tooLarge' | 'gone'> {
  return new Promise((resolve) => {
    let received: ReceivedBytes | undefined = new ReceivedBytes(Number(request.headers['content-length']), turn);
    let [size, pieces] = [0, 0];
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (++pieces > fewPieces + size / leastPieceBytes) request.destroy();
      if (size >= limit) received = undefined;
      received?.append(chunk);
      if (size <= patience * limit) return;
      request.pause();
      resolve('tooLarge');
    });
    request.once('end', () => resolve(received?.bytes ?? 'tooLarge'));
    request.on('error', () => resolve('gone'));
    request.once('close', () => resolve('gone'));
  });
}

const firstBytes = 64 * 1024;

/** Bytes in one piece: a body that is sent byte by byte takes no more memory than another. */
class ReceivedBytes {
  readonly #turn: Turn;
  #buffer: Buffer;
  #size = 0;

  constructor(expected: number, turn: Turn) {
    this.#turn = turn;
    this.#buffer = Buffer.allocUnsafe(expected >= 0 && expected < firstBytes ? expected : firstBytes);
    turn.hold(this.#buffer.length);
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  append(chunk: Buffer): void {
    const needed = this.#size + chunk.length;
    if (needed > this.#buffer.length) this.#grow(Math.max(needed, 2 * this.#buffer.length));
    this.#size += chunk.copy(this.#buffer, this.#size);
  }

  #grow(length: number): void {
    this.#turn.hold(length - this.#buffer.length);
    const larger = Buffer.allocUnsafe(length);
    this.bytes.copy(larger);
    this.#buffer = larger;
  }
}

/** Of a uid, which is logged and answered: the API server's have 36 characters. */
const longestUid = 253;

/** The request of the review, or what is wrong with it. */
function parseReview(body: Buffer): ReviewRequest | string {
  let review: unknown;
  try {
    review = JSON.parse(body.toString());
  } catch {
    return 'the request body is not JSON';
  }
  const { apiVersion: givenVersion, kind: givenKind, request } = (review ?? {}) as Record<string, unknown>;
  if (givenVersion !== apiVersion || givenKind !== kind) return `the request body is no ${kind} of ${apiVersion}`;
  const uid: unknown = (request as ReviewRequest | null | undefined)?.uid;
  const isUid = typeof uid === 'string' && uid !== '' && uid.length <= longestUid;
  return isUid ? (request as ReviewRequest) : 'the review has no request with a uid';
}

function answerMs(timeout: string | null | undefined, limits: AdmissionLimits): number {
  const asked = parseDuration(timeout ?? '') ?? 0;
  return asked > 0 ? Math.min(asked, limits.answerMs) : limits.answerMs;
}

/** The text of the answer. */
async function inTime(ask: () => Promise<ReviewResponse>, ms: number, log: Log): Promise<string | 'late' | 'failed'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  const answered = (async () => {
    try {
      return JSON.stringify({ apiVersion, kind, response: await ask() });
    } catch (error) {
      log.error({ error }, 'an admission review failed');
      return 'failed';
    }
  })();
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}

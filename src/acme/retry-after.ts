// Retry-After (RFC 9110 section 10.2.3), in both forms.

/** Nobody is believed who wants to be left alone for longer. */
const longestMs = 31 * 86_400_000;

/** Undefined where the header is missing or says nothing that can be read. Never before `now`. */
export function retryAfterOf(header: string | undefined, now: Date): Date | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const time = /^\d{1,9}$/.test(text) ? now.getTime() + Number(text) * 1000 : httpDate(text);
  if (time === undefined) return undefined;
  return new Date(Math.min(Math.max(time, now.getTime()), now.getTime() + longestMs));
}

/** All three forms of RFC 9110 section 5.6.7; what Date.parse takes for a date is far more. */
function httpDate(text: string): number | undefined {
  const named = /^[A-Z][a-z]{2,8}, .*GMT$/.test(text);
  const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}$/.test(text);
  if (!named && !asctime) return undefined;
  const time = Date.parse(named ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : time;
}

// What the runtime reports about itself. Plain callbacks, so that metrics stay with whoever composes the process.

export interface RuntimeHooks {
  /** A key was looked at and dealt with, whatever came of it. */
  onSync?(controller: string): void;
  /** A step threw; the key is retried with back-off. */
  onError?(controller: string): void;
  /** The API server refused a write because the object had changed; the key is retried at once. */
  onConflict?(controller: string): void;
  /** How long one key took, in seconds. */
  onDuration?(controller: string, seconds: number): void;
}

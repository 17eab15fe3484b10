// How much of everything one client, and all of them together, may take from the admission server. Figures alone.

export interface AdmissionLimits {
  readonly headerBytes: number;
  /** A body of this size or more is refused with 413. An update carries its object twice, and etcd takes objects of up to 1.5 MiB. */
  readonly bodyBytes: number;
  /** All bodies together that are being received or answered. Beyond it, whoever has kept us waiting longest is cut off. */
  readonly allBodyBytes: number;
  /** Open connections; an API server has several hundred at most. Beyond it, whoever has kept us waiting longest makes room. */
  readonly connections: number;
  readonly handshakeMs: number;
  /** From the first byte of a request (or the handshake) to the end of its head. */
  readonly headersMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** From the last byte of a request to its answer; the `timeout` of the API server's query counts where it is shorter. */
  readonly answerMs: number;
  /** Longer than the 90 s for which an API server keeps an idle connection: it closes first, and never sends into a closing one. */
  readonly keepAliveMs: number;
  /** How long requests are still taken after `close`. */
  readonly lingerMs: number;
}

export const defaultAdmissionLimits: AdmissionLimits = {
  headerBytes: 16 * 1024,
  bodyBytes: 4 * 1024 * 1024,
  allBodyBytes: 48 * 1024 * 1024,
  connections: 2_000,
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 15_000,
  answerMs: 30_000,
  keepAliveMs: 120_000,
  lingerMs: 2_000,
};

// How to reach a cluster and who we are there, as a value. Where it comes from is the business of credentials.ts.

/** What goes into a TLS connection. The same object is handed out while nothing in it has changed: connections are kept for it. */
export interface ClusterTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Credentials {
  readonly tls: ClusterTls;
  /** Authorization and impersonation headers, lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

export interface ClusterAccess {
  /** May have a path prefix. */
  readonly server: URL;
  /** An HTTP proxy that is asked to CONNECT. */
  readonly proxy?: URL;
  /** The namespace that the credentials belong to, where they say so. */
  readonly namespace?: string;
  /** Current credentials; cheap, asked for every request. */
  credentials(): Credentials | Promise<Credentials>;
  /** The server said 401: forget what is remembered and read everything anew. */
  refresh?(): void;
}

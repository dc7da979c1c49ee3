/** One server: one address that serves requests. Immutable: a changed weight is a new Backend. */
export interface Backend {
  /** Unique within its pool and stable over reloads. */
  readonly id: string;
  /** `localhost` where it listens on a unix socket. */
  readonly host: string;
  /** 1 to 65535; 0 where it listens on a unix socket. */
  readonly port: number;
  /** Of its unix socket; null = it listens on host and port. */
  readonly socketPath: string | null;
  /** Share of traffic relative to the pool's other backends; only strategies that honour weights read it. */
  readonly weight: number;
  /** Tier: backends of 0 serve; those of a higher number only while no lower one is ready. */
  readonly priority: number;
  /**
   * Row in the Scoreboard, from 0. A removed backend's slot may be given to another one only after its
   * in-flight count is back to 0 in every worker, or the new one inherits the old one's load.
   */
  readonly slot: number;
}

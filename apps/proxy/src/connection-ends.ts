/** One end of a TCP connection: an IP address, without a zone, and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Both ends of the connection that a client made, to us or to a balancer in front of us. */
export interface ConnectionEnds {
  readonly source: Endpoint;
  readonly target: Endpoint;
}

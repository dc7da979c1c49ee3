/** One request, repeated; the backend answers it with `responseBytes` fixed bytes. */
export interface RequestShape {
  readonly method: "GET" | "POST";
  readonly bodyBytes: number;
  readonly responseBytes: number;
  /** The client asks for `Connection: close`, so every request needs a new connection. */
  readonly closeConnection: boolean;
}

interface ProfileBase {
  readonly name: string;
  readonly title: string;
  readonly request: RequestShape;
}

/** As many requests as the proxy can take: CPU per request. */
export interface ThroughputProfile extends ProfileBase {
  readonly kind: "throughput";
}

/** As many requests as one worker of Evenkeel can take, and two. Needs four cores. */
export interface ScalingProfile extends ProfileBase {
  readonly kind: "scaling";
}

/** Many connections that made one request and then stay silent: memory per connection. */
export interface IdleProfile extends ProfileBase {
  readonly kind: "idle";
  readonly idleConnections: number;
}

/** A fixed rate, a share of the most that the proxy can take: latency added to going direct. */
export interface LatencyProfile extends ProfileBase {
  readonly kind: "latency";
  readonly loadShare: number;
}

export type Profile = ThroughputProfile | ScalingProfile | IdleProfile | LatencyProfile;

/** The target whose answer has this many bytes. */
export function targetOf(request: RequestShape): string {
  return `/bytes/${request.responseBytes}`;
}

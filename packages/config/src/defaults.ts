/**
 * Every default in the words of the file, with its derivation. "Peers" are the published defaults
 * of nginx, HAProxy, Envoy, Pingora and node:http.
 */
export const defaults = {
  version: 1,
  /** One data-plane thread per core the process may use; resolved by the app. */
  workers: "auto",

  listener: {
    /** Loopback: a balancer that nobody configured must not be reachable from outside. */
    address: "127.0.0.1:8080",
    /** Off: a client could otherwise choose its own address. */
    proxyProtocol: "off",
    timeouts: {
      /** A head fits in a few packets; peers' 60 s lets slowloris hold a socket six times longer. */
      header: "10s",
      /** Between two pieces of a body, not for the whole: half of nginx's 60 s. */
      body: "30s",
      /** Longer than the 60 s of common cloud balancers in front, so that they close first. */
      keepAlive: "65s",
      /** A reader that takes nothing for 30 s holds our memory and the backend's. */
      send: "30s",
      /** Off: a download may honestly take hours, and the other timeouts bound every pause in it. */
      total: "off",
      /** Long enough not to matter, short enough that a rebalanced fleet evens out within the hour. */
      connection: "1h",
      /** A request that is on its way is answered instead of reset; a second is many round trips. */
      drain: "1s",
    },
    limits: {
      /** node:http's limit and about HAProxy's 15 KB: what passes us passes the usual backend. */
      head: "16KiB",
      /** RFC 9110 section 4.1 asks for at least 8000 octets; nginx stops at 8 KB. */
      target: "8000B",
      /** Envoy and HAProxy stop at 100; node:http above it has dropped fields silently. */
      fields: 100,
      /** Off: uploads are the application's business, and a guess breaks them (nginx's 1 MB). */
      body: "0B",
      /** Below this a body is an attack (RUDY); judged after ten seconds. */
      bodyRate: "1KB",
      /** Ninety per cent of what the descriptor limit allows, two for each request. */
      connections: "auto",
      /** nginx's keepalive_requests: bounds what one connection can leak or unbalance. */
      requestsPerConnection: 1000,
    },
  },

  pool: {
    /** The only strategy that needs to know nothing about the backends. */
    strategy: "round-robin",
    weight: 1,
    retry: {
      /** One try and two more: covers one backend down and one being restarted. */
      maxRetries: 2,
      /** nginx tries again, too; whom two backends leave waiting is slow itself (decision 13). */
      maxTimeoutRetries: 1,
      /** Finagle's and linkerd's: three layers that retry make 1.7 times the load, not 27 times. */
      budget: "20%",
      /** Linkerd's: at 5 requests a second a share alone would allow one retry a second. */
      minRetriesPerSecond: 10,
      /** None: whether an answer may be repeated is the application's business. */
      statuses: [],
      /** Envoy's base and cap; the first retry goes to another backend and does not wait. */
      backoff: "25ms",
      maxBackoff: "250ms",
      /** Most form posts and API calls; larger ones are uploads, which a client had better repeat. */
      bufferBody: "64KiB",
    },
    /** Hedging is off; these hold where it is switched on with `{}` (Finagle's backup requests). */
    hedge: { quantile: "95%", budget: "5%", minDelay: "1ms" },
    circuitBreaker: {
      /** Envoy's consecutive_5xx. At 100 requests a second that is 50 ms. */
      failureThreshold: 5,
      /** Envoy's base ejection time. */
      resetTimeout: "30s",
      /** Hystrix: one request finds out as much as ten, and hurts one client. */
      halfOpenRequests: 1,
      jitter: "20%",
    },
    outlierDetection: {
      /** Envoy's, as are the next four. */
      interval: "10s",
      failurePercentage: "85%",
      successRateDeviation: 1.9,
      minRequests: 50,
      minBackends: 5,
      /** Envoy's 10 % ejects nobody in pools below ten; half a pool carries on, less would not. */
      maxEjected: "50%",
      maxEjectionTime: "5m",
    },
    /** Caches and compilers of a restarted server warm up in seconds; nginx Plus's example has 30 s. */
    slowStart: "10s",
    /** Off: when nearly all are out, sending them traffic is a gamble somebody must have chosen. */
    panicThreshold: "off",
    limits: {
      /** Nobody can guess what a backend carries. */
      inFlightPerBackend: "off",
      inFlight: "off",
      /** Used only with a limit: a second's worth of a busy service. */
      queue: 1000,
      queueTimeout: "1s",
      adaptive: false,
    },
    /** Sticky sessions are off; these hold where they are switched on. */
    sticky: {
      cookie: "X-LB-Backend",
      /** A visit. Longer ones leave backends that were added idle for longer. */
      ttl: "1h",
      idle: "off",
      /** What browsers do when nothing is said; strict would lose those who follow a link. */
      sameSite: "lax",
      secure: "auto",
      path: "/",
      /** Draining is for those who cannot move; the others need no sticky sessions. */
      drain: "finish",
      /** HAProxy's `indirect`: applications tend to log or echo cookies. */
      forward: false,
    },
    /** Off: a backend that does not expect the header answers it with 400. */
    proxyProtocol: "off",
    connections: {
      /** Idle ones kept per backend and worker; above ten, reuse no longer saves connects. */
      poolSize: 10,
      /** One second below node:http's keep-alive of 5 s: we close first, so no request is lost. */
      idleTimeout: "4s",
      /** Off: one slow response holds up those behind it. */
      pipelining: false,
    },
    timeouts: {
      /** Two lost SYNs (retransmitted after 1 s and 3 s) mean that the host is not there. */
      connect: "3s",
      /** Most pages answer in one second; a minute of waiting is a person gone. */
      response: "30s",
      /** nginx's and HAProxy's usual pause inside a body. */
      idle: "60s",
      /** WebSocket applications ping every 30 to 60 s; silence of five minutes is a dead peer. */
      tunnel: "5m",
    },
  },

  healthCheck: {
    type: "http",
    method: "GET",
    path: "/",
    /** Three failures 1 s apart (fastInterval) follow the first: out after 2 s + one interval. */
    interval: "10s",
    /** Half of the interval: two checks of one backend never overlap. */
    timeout: "5s",
    /** One lost packet is not an outage; HAProxy's `fall 3`. */
    unhealthyThreshold: 3,
    /** HAProxy's `rise 2`: one lucky answer of a restarting server is not enough. */
    healthyThreshold: 2,
    /** Spreads the checks of several balancers that were started together. */
    jitter: "20%",
    /** HAProxy's fastinter: a verdict in doubt is settled in seconds. */
    fastInterval: "1s",
    /** A redirect to a login page is a living server. */
    expectedStatus: "200-399",
    /** A restart of the balancer is no outage of the backends. */
    initialState: "unknown",
  },

  route: {
    /** 307: a form that is posted stays one, and no client keeps a redirect that was a mistake. */
    redirectStatus: 307,
    /** Needs nothing of the client; behind one address many clients count as one. */
    splitBy: "client-ip",
    /** Whoever names a second pool wants it to see the traffic. */
    mirrorShare: "100%",
    rateLimit: {
      /** The only key that a client cannot choose. */
      key: "client-ip",
      /** A busy site's addresses of an hour, in 2 MB for all workers together. */
      maxKeys: 100_000,
      /** A client that sees what is left need not find out by being refused. */
      headers: true,
    },
    concurrencyLimit: {
      key: "client-ip",
      /** Keys that are in use at the same moment: more than most balancers have connections. */
      maxKeys: 10_000,
    },
  },

  accessLog: "json",
  traces: {
    /** What nobody asked for costs nothing. */
    sample: "off",
    /** A few hundred kilobytes. */
    keep: 500,
  },
  /** nginx waits for ever, Pingora 5 min; orchestrators kill after 30 s (Kubernetes). */
  shutdownTimeout: "30s",
} as const;

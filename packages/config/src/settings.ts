// Written by write-schema.ts from the schema; change the schema, then run
// `pnpm --filter @evenkeel/config schema`.

/** A configuration in the words of the file, for programs that write one in TypeScript. */
export interface Settings {
  /** Where editors find this schema; not used. */
  readonly $schema?: string | undefined;
  /** Version of this file's format. Default: 1. */
  readonly version?: 1 | undefined;
  /** Data-plane threads; auto = one per core, 0 = none besides the main thread. Default: auto. */
  readonly workers?: "auto" | number | undefined;
  /** The addresses that clients connect to. */
  readonly listeners?:
    | readonly {
        /** What routes call it that are for some listeners only; unique. */
        readonly name?: string | undefined;
        /** host:port, :port for every interface, or unix:/path. Default: 127.0.0.1:8080. */
        readonly address?: string | undefined;
        /** Permissions of a unix socket: who may connect; as the umask says unless given. */
        readonly mode?: string | undefined;
        /** Peers whose forwarded fields are believed. */
        readonly trustedProxies?: readonly string[] | undefined;
        /** PROXY header that connections from trustedProxies begin with, and no others. Default: off. */
        readonly proxyProtocol?: "off" | "v1" | "v2" | "any" | undefined;
        /** GET of this path is answered here and not by a backend: `{ backends: [{ url, alive }] }`. Clients see the backends' addresses. Off unless given. */
        readonly statusPath?: string | undefined;
        /** Clients that may ask; the others get 403. Everybody unless given. */
        readonly allow?: readonly string[] | undefined;
        /** Clients that get 403, also when allow has them. */
        readonly deny?: readonly string[] | undefined;
        /** How long a client may take. */
        readonly timeouts?:
          | {
              /** From the first byte of a request head to its end. Default: 10s. */
              readonly header?: string | undefined;
              /** Longest pause while a request body arrives. Default: 30s. */
              readonly body?: string | undefined;
              /** Idle time between two requests on one connection. Default: 65s. */
              readonly keepAlive?: string | undefined;
              /** Longest time without progress while a response is written to the client. Default: 30s. */
              readonly send?: string | undefined;
              /** From the first byte of a request to the last of its response. Default: off. */
              readonly total?: string | undefined;
              /** Age at which a connection closes with its next response. Default: 1h. */
              readonly connection?: string | undefined;
              /** Once the listener stops, an idle connection may bring one more request for so long; off = none. Default: 1s. */
              readonly drain?: string | undefined;
            }
          | undefined;
        /** How much a client may send. */
        readonly limits?:
          | {
              /** Request line and fields together; more is answered with 431. Default: 16KiB. */
              readonly head?: string | undefined;
              /** The target in the request line; more is answered with 414. Default: 8000B. */
              readonly target?: string | undefined;
              /** Header fields of one request; more is answered with 431. Default: 100. */
              readonly fields?: number | undefined;
              /** Largest request body; more is answered with 413; 0B = no limit. Default: 0B. */
              readonly body?: string | undefined;
              /** Slowest request body per second, judged after 10s; slower is 408; 0B = no limit. Default: 1KB. */
              readonly bodyRate?: string | undefined;
              /** Client connections at a time over all workers; more are answered with 503. Default: auto. */
              readonly connections?: "auto" | number | undefined;
              /** A connection closes after so many, give or take a tenth; 0 = no limit. Default: 1000. */
              readonly requestsPerConnection?: number | undefined;
            }
          | undefined;
      }[]
    | undefined;
  /** Address of health, metrics and the admin API; off unless written. */
  readonly admin?:
    | string
    | {
        /** host:port, or unix:/path, which only its own user opens. */
        readonly address: string;
        /** What callers send as Authorization: Bearer; required unless loopback. */
        readonly token?: string | undefined;
        /** Host names that callers may use besides localhost, IP addresses and the address. */
        readonly allowedHosts?: readonly string[] | undefined;
      }
    | undefined;
  /** Groups of backends by name. */
  readonly pools: {
    readonly [name: string]: {
      readonly strategy?:
        | "round-robin"
        | "weighted-round-robin"
        | "random"
        | "weighted-random"
        | "least-connections"
        | "least-response-time"
        | "power-of-two"
        | "peak-ewma"
        | "prequal"
        | "first"
        | "ip-hash"
        | "consistent-hash"
        | "maglev"
        | "rendezvous"
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "round-robin";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "weighted-round-robin";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "random";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "weighted-random";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "least-connections";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "least-response-time";
            /** Time after which an answer, or what is known of an unused backend, weighs 37 %. Default: 10s. */
            readonly decay?: string | undefined;
            /** What a failed attempt counts as, unless it took longer, and a missing first answer. Default: 5s. */
            readonly penalty?: string | undefined;
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "power-of-two";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "peak-ewma";
            /** Time after which a peak, or what is known of an unused backend, has faded to 37 %. Default: 10s. */
            readonly decay?: string | undefined;
            /** What a backend counts as between its first request and its first answer. Default: 30ms. */
            readonly defaultLatency?: string | undefined;
            /** What a failed attempt counts as, unless it took longer. Default: 5s. */
            readonly penalty?: string | undefined;
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "prequal";
            /** Backends compared for each request. Default: 5. */
            readonly samples?: number | undefined;
            /** Up to which share of recent loads latency decides; 0% = load first, 100% = latency. Default: 0%. */
            readonly rifQuantile?: string | undefined;
            /** Time after which an answer, or what is known of an unused backend, weighs 37 %. Default: 1s. */
            readonly decay?: string | undefined;
            /** How long a backend is avoided after a failed attempt. Default: 1s. */
            readonly errorAversion?: string | undefined;
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "first";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "ip-hash";
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "consistent-hash";
            /** Points on the ring per unit of weight; more make the shares more even. Default: 160. */
            readonly virtualNodes?: number | undefined;
            /** The part of a request that says which backend it belongs to. Default: client-ip. */
            readonly key?: string | undefined;
            /** The most requests in flight that a backend takes, as a percentage of its share of all; 125% is usual. Keys of a full backend go on along the ring. Default: off. */
            readonly boundedLoad?: string | undefined;
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "maglev";
            /** The part of a request that says which backend it belongs to. Default: client-ip. */
            readonly key?: string | undefined;
          }
        | {
            /** How a backend is chosen among those that are ready. */
            readonly type: "rendezvous";
            /** The part of a request that says which backend it belongs to. Default: client-ip. */
            readonly key?: string | undefined;
          }
        | undefined;
      /** The servers of this pool, as URLs or as mappings. */
      readonly backends: readonly (
        | string
        | {
            /** Where the backend listens: http://host:port (80 unless given), or unix:/path. */
            readonly url: string;
            /** Share of the traffic, relative to the other backends of the pool. Default: 1. */
            readonly weight?: number | undefined;
            /** Stable name, unique in the pool; host:port or unix:/path unless given. */
            readonly id?: string | undefined;
            /** true = priority 1: serves only while no backend of priority 0 is ready. */
            readonly backup?: boolean | undefined;
            /** The ready backends of the lowest number serve; 0 unless given. */
            readonly priority?: number | undefined;
            /** Settings that differ from the pool's check; false = never checked. */
            readonly healthCheck?:
              | false
              | {
                  /** http = an answer is judged; tcp = a connection that stands is a pass. */
                  readonly type?: "http" | "tcp" | undefined;
                  /** How an http check asks. */
                  readonly method?: "GET" | "HEAD" | undefined;
                  /** What an http check asks for. */
                  readonly path?: string | undefined;
                  /** From one check of a backend to the next. */
                  readonly interval?: string | undefined;
                  /** A check that has no answer by then has failed. */
                  readonly timeout?: string | undefined;
                  /** Failures in a row that make a backend unhealthy. */
                  readonly unhealthyThreshold?: number | undefined;
                  /** Passes in a row that make it healthy again. */
                  readonly healthyThreshold?: number | undefined;
                  /** Share of the interval by which a check may be early or late; at most 90%. */
                  readonly jitter?: string | undefined;
                  /** Interval while a backend is on its way to another verdict. */
                  readonly fastInterval?: string | undefined;
                  /** Answers that count as a pass. */
                  readonly expectedStatus?: string | number | readonly unknown[] | undefined;
                  /** Text that the first 64 KiB of a passing answer contain. */
                  readonly expectedBody?: string | undefined;
                  /** Before the first check; unhealthy = no traffic until a check has passed. */
                  readonly initialState?: "unknown" | "healthy" | "unhealthy" | undefined;
                }
              | undefined;
          }
      )[];
      /** The active check of every backend; false switches it off. */
      readonly healthCheck?:
        | false
        | {
            /** http = an answer is judged; tcp = a connection that stands is a pass. Default: http. */
            readonly type?: "http" | "tcp" | undefined;
            /** How an http check asks. Default: GET. */
            readonly method?: "GET" | "HEAD" | undefined;
            /** What an http check asks for. Default: /. */
            readonly path?: string | undefined;
            /** From one check of a backend to the next. Default: 10s. */
            readonly interval?: string | undefined;
            /** A check that has no answer by then has failed. Default: 5s. */
            readonly timeout?: string | undefined;
            /** Failures in a row that make a backend unhealthy. Default: 3. */
            readonly unhealthyThreshold?: number | undefined;
            /** Passes in a row that make it healthy again. Default: 2. */
            readonly healthyThreshold?: number | undefined;
            /** Share of the interval by which a check may be early or late; at most 90%. Default: 20%. */
            readonly jitter?: string | undefined;
            /** Interval while a backend is on its way to another verdict. Default: 1s. */
            readonly fastInterval?: string | undefined;
            /** Answers that count as a pass. Default: 200-399. */
            readonly expectedStatus?: string | number | readonly unknown[] | undefined;
            /** Text that the first 64 KiB of a passing answer contain. */
            readonly expectedBody?: string | undefined;
            /** Before the first check; unhealthy = no traffic until a check has passed. Default: unknown. */
            readonly initialState?: "unknown" | "healthy" | "unhealthy" | undefined;
          }
        | undefined;
      /** What real traffic says about a backend; false switches it off. */
      readonly outlierDetection?:
        | false
        | {
            /** How often outcomes are added up and judged. Default: 10s. */
            readonly interval?: string | undefined;
            /** A backend that fails this share of an interval's requests is ejected. Default: 85%. */
            readonly failurePercentage?: string | undefined;
            /** So many standard deviations below the pool's mean success rate is too far. Default: 1.9. */
            readonly successRateDeviation?: "off" | number | undefined;
            /** A backend with fewer requests in an interval is not judged. Default: 50. */
            readonly minRequests?: number | undefined;
            /** With fewer judged backends there is no mean to deviate from. Default: 5. */
            readonly minBackends?: number | undefined;
            /** Share of the pool that may be ejected at a time; one always may, the last never. Default: 50%. */
            readonly maxEjected?: string | undefined;
            /** Longest time out after many ejections in a row. Default: 5m. */
            readonly maxEjectionTime?: string | undefined;
          }
        | undefined;
      /** Takes a backend out after failures in a row; false switches it off. */
      readonly circuitBreaker?:
        | false
        | {
            /** Failures in a row, over all workers, that open the breaker. Default: 5. */
            readonly failureThreshold?: number | undefined;
            /** How long it is open; each time in a row longer, up to maxEjectionTime. Default: 30s. */
            readonly resetTimeout?: string | undefined;
            /** Trial requests at a time while it is half-open. Default: 1. */
            readonly halfOpenRequests?: number | undefined;
            /** Share by which the time may be longer, so that backends do not return together. Default: 20%. */
            readonly jitter?: string | undefined;
          }
        | undefined;
      /** How long a backend that comes back takes to get its full share of traffic. Default: 10s. */
      readonly slowStart?: string | undefined;
      /** Below this share of available backends the ejected ones get traffic, too. Default: off. */
      readonly panicThreshold?: string | undefined;
      /** What happens to a request that failed. */
      readonly retry?:
        | {
            /** Further tries on other backends after the first; 0 = never. Default: 2. */
            readonly maxRetries?: number | undefined;
            /** Of them, those of idempotent requests after timeouts.response; 0 = never. Default: 1. */
            readonly maxTimeoutRetries?: number | undefined;
            /** Retries may be this share of the requests of the last ten seconds; off = any. Default: 20%. */
            readonly budget?: string | undefined;
            /** Allowed besides the budget, so that little traffic can be retried, too. Default: 10. */
            readonly minRetriesPerSecond?: number | undefined;
            /** Answers that are retried if the request is idempotent, such as [502, 503, 504]. */
            readonly statuses?: readonly number[] | undefined;
            /** The second retry waits up to this, at random; each later one up to twice as long. Default: 25ms. */
            readonly backoff?: string | undefined;
            /** No retry waits longer. Default: 250ms. */
            readonly maxBackoff?: string | undefined;
            /** A request body up to this size is kept, so that it can be sent again. Default: 64KiB. */
            readonly bufferBody?: string | undefined;
          }
        | undefined;
      /** A second copy of an idempotent request that is slow to be answered. Default: off. */
      readonly hedge?:
        | "off"
        | {
            /** A second copy is sent when an answer takes longer than this share of answers do. Default: 95%. */
            readonly quantile?: string | undefined;
            /** Second copies may be this share of the requests of the last ten seconds. Default: 5%. */
            readonly budget?: string | undefined;
            /** No second copy is sent before this. Default: 1ms. */
            readonly minDelay?: string | undefined;
          }
        | undefined;
      /** Requests at a time, and what happens to those above. */
      readonly limits?:
        | {
            /** Requests at one backend at a time, over all workers; more of them wait. Default: off. */
            readonly inFlightPerBackend?: "off" | number | undefined;
            /** Requests at the pool's backends at a time, over all workers; more of them wait. Default: off. */
            readonly inFlight?: "off" | number | undefined;
            /** Requests per worker that may wait for a backend; more of them get 503. Default: 1000. */
            readonly queue?: number | undefined;
            /** One that has waited this long gets 503; under lasting overload much sooner. Default: 1s. */
            readonly queueTimeout?: string | undefined;
            /** Find the number of requests that a backend can serve at a time by its latency. Default: false. */
            readonly adaptive?: boolean | undefined;
          }
        | undefined;
      /** Clients return to the backend that served them first, by a signed cookie. Default: false. */
      readonly sticky?:
        | false
        | {
            /** The cookie's name; each pool that clients share needs its own. Default: X-LB-Backend. */
            readonly cookie?: string | undefined;
            /** A client is bound for so long, whatever it does. Default: 1h. */
            readonly ttl?: string | undefined;
            /** And only while it does not pause for longer; renewed after half of it. Default: off. */
            readonly idle?: string | undefined;
            /** What signs the cookies; the same for all balancers. */
            readonly secret?: string | undefined;
            /** Instead of secret: the first one signs, the others are still believed. */
            readonly secrets?: readonly string[] | undefined;
            /** Which requests of other sites' pages bring the cookie; none needs secure. Default: lax. */
            readonly sameSite?: "lax" | "strict" | "none" | undefined;
            /** Only over TLS; auto = when the client, or a trusted proxy, used TLS. Default: auto. */
            readonly secure?: "auto" | boolean | undefined;
            /** Requests below this path bring the cookie. Default: /. */
            readonly path?: string | undefined;
            /** Hosts below this domain bring it, too; without, the host that set it. */
            readonly domain?: string | undefined;
            /** Whether clients of a draining backend stay there, or move at once. Default: finish. */
            readonly drain?: "finish" | "move" | undefined;
            /** Backends see the cookie, too. Default: false. */
            readonly forward?: boolean | undefined;
          }
        | undefined;
      /** PROXY header that connections to the backends begin with; they must expect it. Default: off. */
      readonly proxyProtocol?: "off" | "v1" | "v2" | undefined;
      /** Connections to the backends. */
      readonly connections?:
        | {
            /** Idle connections kept per backend and worker; 0 = a new one for every request. Default: 10. */
            readonly poolSize?: number | undefined;
            /** Idle ones are closed after this; keep it below the backend's own keep-alive. Default: 4s. */
            readonly idleTimeout?: string | undefined;
            /** Idempotent requests without a body that are ready together share a connection. Default: false. */
            readonly pipelining?: boolean | undefined;
          }
        | undefined;
      /** How long a backend may take. */
      readonly timeouts?:
        | {
            /** For the connection to a backend to be made. Default: 3s. */
            readonly connect?: string | undefined;
            /** Of each try, from the end of the request to the first byte of the response head. Default: 30s. */
            readonly response?: string | undefined;
            /** Longest pause inside a response body. Default: 60s. */
            readonly idle?: string | undefined;
            /** Longest silence of an upgraded connection, such as a WebSocket. Default: 5m. */
            readonly tunnel?: string | undefined;
          }
        | undefined;
    };
  };
  /** The most specific match decides (docs/routing.md); not needed with one pool. */
  readonly routes?:
    | readonly {
        /** Names of the listeners whose requests it is for; all unless given. */
        readonly listeners?: readonly string[] | undefined;
        /** A host without port, or *.example.com for all below it; any host unless given. */
        readonly host?: string | undefined;
        /** Path prefix on a segment boundary, compared undecoded; any path unless given. */
        readonly path?:
          | string
          | {
              /** This path and no other. */
              readonly exact?: string | undefined;
              /** This path and those below it; the same as text alone. */
              readonly prefix?: string | undefined;
              /** Found anywhere in the path, unless ^ and $ hold it; runs in linear time. */
              readonly regex?: string | undefined;
            }
          | undefined;
        /** Methods; any unless given. */
        readonly methods?: readonly string[] | undefined;
        /** Conditions by header name; all must hold. */
        readonly headers?:
          | {
              readonly [name: string]:
                | string
                | {
                    /** Found anywhere in the value, unless ^ and $ hold it. */
                    readonly regex?: string | undefined;
                    /** Whether there is one of this name at all. */
                    readonly present?: boolean | undefined;
                  };
            }
          | undefined;
        /** Conditions by parameter name, compared undecoded; the first of a name counts. */
        readonly query?:
          | {
              readonly [name: string]:
                | string
                | {
                    /** Found anywhere in the value, unless ^ and $ hold it. */
                    readonly regex?: string | undefined;
                    /** Whether there is one of this name at all. */
                    readonly present?: boolean | undefined;
                  };
            }
          | undefined;
        /** Name of the pool that serves these requests. */
        readonly pool?: string | undefined;
        /** Instead of pool: several pools, each with its share of the clients. */
        readonly split?:
          | readonly {
              /** Name of the pool that serves this arm. */
              readonly pool: string;
              /** Share of the clients, relative to the others. */
              readonly weight: number;
            }[]
          | undefined;
        /** What makes a client the same one, who stays on its arm (client-ip unless given); random draws anew. */
        readonly splitBy?: string | undefined;
        /** Instead of pool: answered here with a Location. */
        readonly redirect?:
          | {
              /** {host}, {path}, {rest} (the path after the route's) and {query} (with its ?) are filled in. */
              readonly to: string;
              /** 301 and 308 are kept by clients; 307 and 308 keep the method. Default: 307. */
              readonly status?: 301 | 302 | 303 | 307 | 308 | undefined;
            }
          | undefined;
        /** What backends get instead of the client's target. */
        readonly rewrite?:
          | {
              /** The route's path is taken off: /api/x of a route with path /api becomes /x. */
              readonly stripPrefix?: true | undefined;
              /** Takes the place of the route's path: /v2 makes /v2/x of /api/x. */
              readonly replacePrefix?: string | undefined;
              /** The Host that backends get; the client's goes on in X-Forwarded-Host. */
              readonly host?: string | undefined;
            }
          | undefined;
        /** Changes to what backends get. */
        readonly requestHeaders?:
          | {
              /** Written instead of every line of that name. */
              readonly set?: { readonly [name: string]: string } | undefined;
              /** Written after the lines of that name. */
              readonly add?: { readonly [name: string]: string } | undefined;
              /** Names whose lines are removed. */
              readonly remove?: readonly string[] | undefined;
            }
          | undefined;
        /** Changes to what clients get from backends and redirects. */
        readonly responseHeaders?:
          | {
              /** Written instead of every line of that name. */
              readonly set?: { readonly [name: string]: string } | undefined;
              /** Written after the lines of that name. */
              readonly add?: { readonly [name: string]: string } | undefined;
              /** Names whose lines are removed. */
              readonly remove?: readonly string[] | undefined;
            }
          | undefined;
        /** Requests are sent to a second pool, too. */
        readonly mirror?:
          | {
              /** Name of the pool that gets the copies; its answers go nowhere. */
              readonly pool: string;
              /** Of the requests without a body that may be sent twice. Default: 100%. */
              readonly share?: string | undefined;
            }
          | undefined;
        /** How often clients may ask; more is answered with 429. One limit or a list. */
        readonly rateLimit?:
          | {
              /** Requests on average for each key: 100/s, 10/m, 5000/h. */
              readonly rate: string;
              /** Requests of one key at one moment; the number of the rate unless given. */
              readonly burst?: number | undefined;
              /** Whose requests are counted together: client-ip, global, or a value of the request. Default: client-ip. */
              readonly key?: string | undefined;
              /** Keys that are remembered, at about 21 bytes each. Default: 100000. */
              readonly maxKeys?: number | undefined;
              /** Whether responses say what is left, in RateLimit and RateLimit-Policy. Default: true. */
              readonly headers?: boolean | undefined;
            }
          | readonly {
              /** Requests on average for each key: 100/s, 10/m, 5000/h. */
              readonly rate: string;
              /** Requests of one key at one moment; the number of the rate unless given. */
              readonly burst?: number | undefined;
              /** Whose requests are counted together: client-ip, global, or a value of the request. Default: client-ip. */
              readonly key?: string | undefined;
              /** Keys that are remembered, at about 21 bytes each. Default: 100000. */
              readonly maxKeys?: number | undefined;
              /** Whether responses say what is left, in RateLimit and RateLimit-Policy. Default: true. */
              readonly headers?: boolean | undefined;
            }[]
          | undefined;
        /** How many requests of a client at a time; more get 429. One limit or a list. */
        readonly concurrencyLimit?:
          | {
              /** Requests of each key at a time; more are answered with 429. */
              readonly requests: number;
              /** Whose requests are counted together: client-ip, global, or a value of the request. Default: client-ip. */
              readonly key?: string | undefined;
              /** Keys with requests under way that find a place, at 21 bytes and 5 per worker. Default: 10000. */
              readonly maxKeys?: number | undefined;
            }
          | readonly {
              /** Requests of each key at a time; more are answered with 429. */
              readonly requests: number;
              /** Whose requests are counted together: client-ip, global, or a value of the request. Default: client-ip. */
              readonly key?: string | undefined;
              /** Keys with requests under way that find a place, at 21 bytes and 5 per worker. Default: 10000. */
              readonly maxKeys?: number | undefined;
            }[]
          | undefined;
        /** Clients that may ask; the others get 403. Everybody unless given. */
        readonly allow?: readonly string[] | undefined;
        /** Clients that get 403, also when allow has them. */
        readonly deny?: readonly string[] | undefined;
      }[]
    | undefined;
  /** One record per request on standard output. Default: json. */
  readonly accessLog?:
    | "json"
    | "common"
    | "combined"
    | "off"
    | {
        /** json writes one object per line; common and combined are Apache's formats. Default: json. */
        readonly format?: "json" | "common" | "combined" | "off" | undefined;
      }
    | undefined;
  /** Requests whose decisions are kept for GET /api/v1/traces (docs/explain.md). */
  readonly traces?:
    | {
        /** Share of the requests that are traced, drawn at random. Default: off. */
        readonly sample?: string | undefined;
        /** Traces that are kept, the newest ones. Default: 500. */
        readonly keep?: number | undefined;
      }
    | undefined;
  /** What happens on SIGTERM. */
  readonly shutdown?:
    | {
        /** Requests still running after this are cut off. Default: 30s. */
        readonly timeout?: string | undefined;
      }
    | undefined;
}

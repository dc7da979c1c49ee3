/*
 * The rows of the checklist (packages/http1/test/checklist.ts) that need sockets, and the tests of this
 * package that show them: `file: title`, the title as it is written in the source.
 */
export const checklistTests: Readonly<Record<number, readonly string[]>> = {
  1: ["error-responses: (%s) is answered with %i and closed, and reaches no backend"],
  12: [
    "request-bodies: cut in its chunks or before the last CRLF (%j) never has its last chunk at the backend",
    "request-bodies: cut short by the client is never completed towards the backend",
  ],
  14: [
    "trailers: reach the backend as they were, with what announced them",
    "trailers: that would say who asks, what for or how much never do",
    "trailers: reach the client as they were, but those that would control it",
  ],
  16: ["request-bodies: of a GET is forwarded, and what follows it is the next request"],
  17: [
    "early-responses: never turns the rest of the body into a request",
    "early-responses: %i reaches the client, and both sides end",
    "error-responses: closes the connection when the request's body was not read",
  ],
  18: ["pipelining: serves no request behind one that says Connection: close"],
  33: ["error-responses: (%s) is answered with %i and closed, and reaches no backend"],
  43: ["tunnel-opening: by %s is a 405, and nothing behind it is read"],
  44: ["error-responses: forward the target byte for byte"],
  47: ["error-responses: send %s for %s to a backend or answer 404"],
  49: ["where-requests-go: no field and no target of a client names the server that is asked"],
  50: ["where-requests-go: a request that comes back to the proxy again and again ends as 508"],
  55: ["trailers: are announced as wanted only by a client that wants them"],
  56: ["tunnel-opening: is an ordinary request with %s"],
  57: [
    "tunnel-opening: %s is a 502, and the backend sees no more of the client",
    "interim-responses: 101 that nobody asked for is a 502",
  ],
  58: ["tunnel-opening: a client's early bytes are its next request after %i, never the backend's"],
  59: [
    "tunnel-ending: sends FIN brings all of it to the backend, whose rest comes back before both close",
    "tunnel-ending: sends FIN brings all of it to the client before both close",
  ],
  61: ["pipelining: serves no request behind one that says Connection: close"],
  62: ["backend-connections: %s, and the client's connection stays"],
  64: [
    "pipelining: answers pipelined requests in order although the first is the slowest",
    "pipelining: keeps fifty pipelined responses with bodies in order",
    "pipelining: stops asking backends for a pipelining client that reads no response",
  ],
  65: [
    "backend-connections: after a byte arrived on it while it was idle",
    "backend-connections: when a response nobody asked for arrives together with the next request",
    "conformance/mixups: no response is mixed up among misbehaving backends, connections.pipelining %s",
  ],
  66: [
    "backend-connections: %s, and the client's connection stays",
    "conformance/body-as-head: a body with %s, and a pipelined request",
  ],
  67: ["request-bodies: lets the client read its 413 although it goes on sending"],
  68: [
    "backend-failures: loses a %s to another one, which sees it once",
    "backend-failures: is a 502 for a %s, which was sent exactly once",
    "backend-failures: on a kept connection loses a GET to another one, and a POST is a 502",
  ],
  70: ["fields: goes Max-Forwards of OPTIONS one lower, and 0 is answered here"],
  72: ["fields: goes OPTIONS %s with an asterisk"],
  77: [
    "interim-responses: passes with the head at once, and the backend's 100 comes back",
    "interim-responses: is met by a final status without 100, and no body byte becomes a request",
  ],
  79: [
    "interim-responses: is forwarded each time with its fields, before the final one",
    "interim-responses: followed by RST is a 502 behind it",
  ],
  80: ["interim-responses: repeated without end is a 502"],
  81: [
    "response-bodies: %s ends with its head",
    "response-bodies: to HEAD is followed by the next response although the backend sent a body",
  ],
  83: [
    "backend-failures: (%s) is a 502, and the connection is not used again",
    "response-bodies: whose chunks break is visibly incomplete, and the connection is given up",
  ],
  84: [
    "response-bodies: %s and ${ending}, is visibly incomplete",
    "response-bodies: until close is whole with FIN and incomplete with RST",
  ],
  85: [
    "response-bodies: until close goes to an HTTP/1.1 client in chunks and its connection stays",
    "response-bodies: %s goes to an HTTP/1.0 client until close",
  ],
  86: ["error-responses: encoded line breaks add no line to what a backend or a client gets"],
  87: [
    "error-responses: (%s) is answered with %i and closed, and reaches no backend",
    "timeouts: to answer is a 504 and is not asked again (%s)",
    "timeouts: with its head gets 408 and is closed",
    "health: the answer is 503 with Retry-After, and the next one is right when a backend is back",
  ],
  88: ["error-responses: reflects nothing of the request and names no address"],
  91: [
    "response-bodies: several ranges arrive as the backend cut them, head and body",
    "response-bodies: events without an end each reach the client before the next one is there",
    "response-bodies: in chunks stays in chunks and is passed on as it comes",
  ],
  93: ["fields: goes what a trusted peer says about the client, with the peer added"],
  96: [
    "where-requests-go: an IPv4 client of an IPv6 socket is the IPv4 address that trust is given to",
    "where-requests-go: a trusted peer's X-Forwarded-For is carried on when it says %s",
    "where-requests-go: an X-Forwarded-For that is larger than a head may be is a 431",
    "fields: goes no trust in a peer outside the listed networks",
  ],
  98: ["fields: goes an id of ours instead of a trusted peer's odd one (%s)"],
  115: [
    "tunnel-opening: has the limits of every request",
    "tunnel-opening: goes where its route says",
  ],
  116: ["tunnel-opening: passes with its own fields and nothing that ends at this hop"],
  117: ["tunnel-opening: byte by byte opens the tunnel at its end and not before"],
  118: [
    "tunnel-opening: and bytes in the same packet on both sides are delivered, once and in order",
  ],
  119: [
    "tunnel-backpressure: stops taking bytes while its %s does not read, and brings them all when it does",
  ],
  120: [
    "tunnel-websocket: carries ping and pong both ways with their content",
    "tunnel-websocket: carries the client's close code and reason",
    "tunnel-ending: ends both sides of a silent tunnel",
  ],
  121: [
    "tunnel-ending: goes on while the proxy drains and lets it end clean",
    "tunnel-ending: that has nothing to say is ended by stop() at shutdown.timeout",
  ],
};

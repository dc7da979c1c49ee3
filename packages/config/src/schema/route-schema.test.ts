import { expect, test } from "vitest";
import { configOf, problemsOf } from "../../test/load-text.ts";
import { everythingTo } from "../route-config.ts";

const pools = "pools: { web: { backends: [http://a] } }\n";

test("reads every condition and every change", () => {
  const text = `${pools}routes:
  - host: "*.Example.com"
    path: { regex: "^/v[0-9]+/" }
    methods: [GET, HEAD]
    headers: { X-User: ann, x-beta: { present: false }, x-any: { present: true } }
    query: { Debug: { regex: "^(1|yes)$" } }
    pool: web
    rewrite: { host: internal.example:8080 }
    requestHeaders: { set: { X-Internal: "1" }, add: { x-trace: a b }, remove: [Cookie] }
    responseHeaders: { set: { Strict-Transport-Security: max-age=63072000 }, remove: [Server] }
  - path: { exact: /old }
    redirect: { to: "/new{query}", status: 301 }
  - path: { prefix: /canary }
    rewrite: { replacePrefix: /v2 }
    split: [{ pool: web, weight: 95 }, { pool: web, weight: 5 }]
    splitBy: header:x-user
    mirror: { pool: web, share: 5% }
  - path: /api
    rewrite: { stripPrefix: true }
    pool: web
`;
  const any = everythingTo("web");
  expect(configOf(text).config.routes).toEqual([
    {
      ...any,
      host: { kind: "wildcard", parent: "example.com" },
      path: { kind: "regex", pattern: "^/v[0-9]+/" },
      methods: ["GET", "HEAD"],
      headers: [
        { name: "x-user", test: { kind: "equals", value: "ann" } },
        { name: "x-beta", test: { kind: "absent" } },
        { name: "x-any", test: { kind: "present" } },
      ],
      query: [{ name: "Debug", test: { kind: "matches", pattern: "^(1|yes)$" } }],
      rewrite: { prefix: null, host: "internal.example:8080" },
      requestHeaders: { set: [["X-Internal", "1"]], add: [["x-trace", "a b"]], remove: ["Cookie"] },
      responseHeaders: {
        set: [["Strict-Transport-Security", "max-age=63072000"]],
        add: [],
        remove: ["Server"],
      },
    },
    {
      ...any,
      path: { kind: "exact", path: "/old" },
      action: { kind: "redirect", to: "/new{query}", status: 301 },
    },
    {
      ...any,
      path: { kind: "prefix", path: "/canary" },
      rewrite: { prefix: "/v2", host: null },
      action: {
        kind: "split",
        arms: [
          { pool: "web", weight: 95 },
          { pool: "web", weight: 5 },
        ],
        by: { from: "header", name: "x-user" },
      },
      mirror: { pool: "web", share: 0.05 },
    },
    {
      ...any,
      path: { kind: "prefix", path: "/api" },
      rewrite: { prefix: "/", host: null },
    },
  ]);
});

test("splits by the client's address unless told otherwise, and redirects with 307", () => {
  const text = `${pools}routes:
  - split: [{ pool: web, weight: 1 }, { pool: web, weight: 0 }]
  - { path: /x, redirect: { to: / } }
`;
  const [split, redirect] = configOf(text).config.routes;
  expect(split?.action).toMatchObject({ by: { from: "client-ip" } });
  expect(redirect?.action).toEqual({ kind: "redirect", to: "/", status: 307 });
});

test("says what is wrong with a route, and where", () => {
  const text = `${pools}routes:
  - { pool: web, host: "a.*" }
  - { pool: web, path: { exact: /a, prefix: /b } }
  - { pool: web, path: { regex: "(a" } }
  - { pool: web, path: 5 }
  - { pool: web, methods: [get] }
  - { pool: web, headers: { x_user: a } }
  - { pool: web, headers: { x-user: 5 } }
  - { pool: web, headers: { x-user: { regx: a } } }
  - { pool: web, query: { "a=b": c } }
  - { pool: web, requestHeaders: { set: { Host: a } } }
  - { pool: web, requestHeaders: { add: { Content-Length: "5" } } }
  - { pool: web, requestHeaders: { remove: [Connection] } }
  - { pool: web, responseHeaders: { set: { transfer-encoding: chunked } } }
  - { pool: web, responseHeaders: { set: { x-a: "a\\r\\nb: c" } } }
  - { pool: web, responseHeaders: { set: { "a b": c } } }
  - { redirect: { to: //evil, status: 200 } }
  - { pool: web, path: /x, rewrite: { stripPrefix: true, replacePrefix: /y } }
  - { pool: web, path: /x, rewrite: { replacePrefix: y, host: ":80" } }
  - { split: [{ pool: web, weight: 0 }, { pool: web, weight: 0 }], splitBy: user }
  - { split: [{ pool: web, weight: 1 }] }
  - { pool: web, mirror: { pool: web, share: 101% } }
`;
  expect(problemsOf(text)).toEqual([
    'evenkeel.yaml:3:24 routes[0].host: "a.*": a * stands for the first labels, as in *.example.com',
    "evenkeel.yaml:4:24 routes[1].path: needs one of exact, prefix and regex",
    'evenkeel.yaml:5:33 routes[2].path.regex: pattern "(a": a group is not closed',
    "evenkeel.yaml:6:24 routes[3].path: expected a path such as /v1, or a mapping such as { exact: /v1 }",
    'evenkeel.yaml:7:28 routes[4].methods[0]: methods are written in capitals, as clients send them; did you mean "GET"?',
    "evenkeel.yaml:8:37 routes[5].headers.x_user: a header's name has 1 to 128 letters, digits and hyphens",
    "evenkeel.yaml:9:37 routes[6].headers.x-user: expected the value as text, { regex: ... } or { present: true }",
    "evenkeel.yaml:10:37 routes[7].headers.x-user: needs one of regex and present",
    'evenkeel.yaml:10:39 routes[7].headers.x-user.regx: unknown key "regx"; did you mean "regex"?',
    'evenkeel.yaml:11:34 routes[8].query["a=b"]: a parameter\'s name is visible ASCII without &, = and #, as it is sent',
    "evenkeel.yaml:12:49 routes[9].requestHeaders.set.Host: Host is set by rewrite.host",
    "evenkeel.yaml:13:59 routes[10].requestHeaders.add.Content-Length: Content-Length is the balancer's own business",
    "evenkeel.yaml:14:45 routes[11].requestHeaders.remove[0]: Connection is the balancer's own business",
    "evenkeel.yaml:15:63 routes[12].responseHeaders.set.transfer-encoding: transfer-encoding is the balancer's own business",
    "evenkeel.yaml:16:49 routes[13].responseHeaders.set.x-a: a header's value must not hold a line break",
    'evenkeel.yaml:17:51 routes[14].responseHeaders.set["a b"]: a header\'s name has 1 to 128 letters, digits and hyphens',
    'evenkeel.yaml:18:23 routes[15].redirect.to: "//evil" must begin with a slash, http://host or https://host',
    "evenkeel.yaml:18:39 routes[15].redirect.status: expected one of 301, 302, 303, 307, 308",
    "evenkeel.yaml:19:37 routes[16].rewrite: stripPrefix and replacePrefix exclude each other",
    'evenkeel.yaml:20:54 routes[17].rewrite.replacePrefix: "y" must begin with a slash; did you mean "/y"?',
    'evenkeel.yaml:20:63 routes[17].rewrite.host: ":80" has no host',
    "evenkeel.yaml:21:14 routes[18].split: at least one arm needs a weight above 0",
    expect.stringMatching(/^evenkeel.yaml:21:77 routes\[18\].splitBy: "user" is no hash key/),
    "evenkeel.yaml:22:14 routes[19].split: a split has at least two arms; use pool for one",
    "evenkeel.yaml:23:46 routes[20].mirror.share: must be from 0.01% to 100%",
  ]);
});

import { expect, test } from "vitest";
import { problemsOf } from "../../test/load-text.ts";

const pools = "pools: { web: { backends: [http://a] } }\n";

test("refuses two listeners with one address, however it is written", () => {
  const listeners =
    "listeners:\n  - address: LOCALHOST:80\n  - address: localhost:080\n  - {}\n  - {}\n";
  expect(problemsOf(pools + listeners)).toEqual([
    "evenkeel.yaml:4:14 listeners[1].address: listeners[0] listens on localhost:80 already",
    "evenkeel.yaml:6:5 listeners[3].address: listeners[2] listens on 127.0.0.1:8080 already",
  ]);
});

test("lets the system choose several ports", () => {
  expect(problemsOf(`${pools}listeners: [{ address: ":0" }, { address: ":0" }]`)).toEqual([]);
});

test("wants to know whose PROXY headers are to be believed", () => {
  const listeners = `listeners:
  - { address: ":1", proxyProtocol: any }
  - { address: ":2", proxyProtocol: v1, trustedProxies: [10.0.0.0/8] }
  - { address: ":3", proxyProtocol: off }
  - { address: "unix:/s", proxyProtocol: v2 }
`;
  expect(problemsOf(pools + listeners)).toEqual([
    "evenkeel.yaml:3:37 listeners[0].proxyProtocol: needs trustedProxies: only their PROXY " +
      "headers are believed",
  ]);
});

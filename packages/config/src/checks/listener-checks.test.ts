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

test("takes a mode for a unix socket only, and in quotes only", () => {
  const listeners = `listeners:
  - { address: "unix:/s", mode: "0660" }
  - { address: ":1", mode: "0660" }
  - { mode: "0660" }
  - { address: "unix:/t", mode: 0660 }
`;
  const message = "only a unix socket has a mode, and this address is none; remove it";
  expect(problemsOf(pools + listeners)).toEqual([
    `evenkeel.yaml:4:28 listeners[1].mode: ${message}`,
    `evenkeel.yaml:5:13 listeners[2].mode: ${message}`,
    "evenkeel.yaml:6:33 listeners[3].mode: 660 is a number here; put it in quotes",
  ]);
});

test("wants names of listeners to be names, and different ones", () => {
  const listeners = `listeners:
  - { address: ":1", name: a }
  - { address: ":2", name: a }
  - { address: ":3" }
  - { address: ":4" }
  - { address: ":5", name: "no name" }
`;
  expect(problemsOf(pools + listeners)).toEqual([
    "evenkeel.yaml:4:28 listeners[1].name: listeners[0] has this name already",
    "evenkeel.yaml:7:28 listeners[4].name: a listener's name has 1 to 64 letters, digits, '.', '-' or '_'",
  ]);
});

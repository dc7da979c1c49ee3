import { expect, test } from "vitest";
import { ownersOf } from "../../test/affinity.ts";
import { backend } from "../../test/backends.ts";
import { strategyOf } from "../../test/strategies.ts";
import type { Backend } from "../index.ts";
import { createMaglevTable } from "./maglev-table.ts";

/*
 * Where keys belong must stay the same in every version: a change sends every client of every cache
 * elsewhere once. The vectors come from test/affinity-vectors.py, a second implementation.
 */
const members = [
  ["a", 1],
  ["10.0.0.2:8080", 2],
  ["web-3", 3],
  ["[2001:db8::4]:80", 1],
  ["east/5", 5],
].map(([id, weight], index) => backend(index, { id: String(id), weight: Number(weight) }));
const addresses = Array.from({ length: 60 }, (_, index) => `192.0.2.${index + 1}`);

function letterOf(id: string, of: readonly Backend[]): string {
  return "abcde"[of.findIndex((member) => member.id === id)] ?? "none";
}

test.each([
  ["consistent-hash", "ceaceebecbebaaeeccdeabdebeeeeeebeeeebecdebaaecceeaeeeeeabeee"],
  ["ip-hash", "ceaceebecbebaaeeccdeabdebeeeeeebeeeebecdebaaecceeaeeeeeabeee"],
  ["maglev", "beaeabdeeebbeaedceebccbeeebecaecbcaeeebbbccabebeeeedbcceebee"],
  ["rendezvous", "bedeebecdbeeceebedbcedceeaeebdedebebcedaecddbecdecebceeeecce"],
] as const)("%s sends 60 addresses where it always did", (name, expected) => {
  const strategy = strategyOf(name);
  strategy.rebuild(members);
  const owners = ownersOf(strategy, members, addresses);
  expect(owners.map((id) => letterOf(id, members)).join("")).toBe(expected);
});

test("Maglev's table is the one of the paper's example (NSDI 2016, table 1)", () => {
  // Orders 3 0 4 1 5 2 6, 0 2 4 6 1 3 5 and 3 4 5 6 0 1 2.
  const [b0, b1, b2] = [
    { offset: 3, skip: 4, weight: 1 },
    { offset: 0, skip: 2, weight: 1 },
    { offset: 3, skip: 1, weight: 1 },
  ] as const;
  expect([...createMaglevTable([b0, b1, b2], 7)]).toEqual([1, 0, 1, 0, 2, 2, 0]);
  // Without B1, whose place B2 takes.
  expect([...createMaglevTable([b0, b2], 7)]).toEqual([0, 0, 0, 0, 1, 1, 1]);
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectionEnds } from "../connection-ends.ts";
import { readProxyHeader } from "../downstream/proxy-header.ts";
import { ownProxyHeaderText, proxyHeaderText } from "./proxy-header-text.ts";

function ends(from: string, fromPort: number, to: string, toPort: number): ConnectionEnds {
  return { source: { address: from, port: fromPort }, target: { address: to, port: toPort } };
}

const ipv4 = ends("192.0.2.7", 12_345, "10.0.0.1", 80);
const ipv6 = ends("2001:db8::7", 1, "::1", 65_535);
const mixed = ends("2001:db8::7", 1, "10.0.0.1", 80);
const start = "0d0a0d0a000d0a515549540a";

test.each([
  [ipv4, "PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n"],
  [ipv6, "PROXY TCP6 2001:db8::7 ::1 1 65535\r\n"],
  [mixed, "PROXY TCP6 2001:db8::7 ::ffff:10.0.0.1 1 80\r\n"],
  [null, "PROXY UNKNOWN\r\n"],
])("v1 of %j is %j", (of, text) => {
  expect(proxyHeaderText("v1", of)).toBe(text);
});

test.each([
  [ipv4, "21 11 000c c0000207 0a000001 3039 0050"],
  [ipv6, `21 21 0024 20010db8${"0".repeat(22)}07 ${"0".repeat(31)}1 0001 ffff`],
  [mixed, `21 21 0024 20010db8${"0".repeat(22)}07 ${"0".repeat(20)}ffff0a000001 0001 0050`],
  [null, "21 00 0000"],
])("v2 of %j is %s", (of, bytes) => {
  const text = proxyHeaderText("v2", of);
  expect(Buffer.from(text, "latin1").toString("hex")).toBe(start + bytes.replaceAll(" ", ""));
});

test("connections of our own are LOCAL, and UNKNOWN in the version without that word", () => {
  expect(ownProxyHeaderText("v1")).toBe("PROXY UNKNOWN\r\n");
  const bytes = Buffer.from(ownProxyHeaderText("v2"), "latin1");
  expect(bytes.toString("hex")).toBe(`${start}20000000`);
});

test("whatever the addresses, a listener that takes the header reads them back", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  const endpoint = fc.record({ address, port: fc.nat(65_535) });
  const pair = fc.record({ source: endpoint, target: endpoint });
  fc.assert(
    fc.property(fc.constantFrom("v1" as const, "v2" as const), pair, (version, pair) => {
      const bytes = Buffer.from(`${proxyHeaderText(version, pair)}GET /`, "latin1");
      const header = readProxyHeader(bytes, bytes.length, version);
      expect(header).toEqual({
        kind: "complete",
        size: bytes.length - "GET /".length,
        ends: { source: canonical(pair.source), target: canonical(pair.target) },
      });
    }),
  );
});

/** As sockets write it. */
function canonical({ address, port }: ConnectionEnds["source"]): ConnectionEnds["source"] {
  const host = address.includes(":") ? `[${address}]` : address;
  const written = new URL(`http://${host}/`).hostname.replaceAll(/[[\]]/g, "");
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(written) ?? [];
  if (high === undefined || low === undefined) return { address: written, port };
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(Number.parseInt(high, 16), 0);
  bytes.writeUInt16BE(Number.parseInt(low, 16), 2);
  return { address: bytes.join("."), port };
}

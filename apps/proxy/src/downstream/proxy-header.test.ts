import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectionEnds } from "../connection-ends.ts";
import { longestProxyHeader, readProxyHeader } from "./proxy-header.ts";
import { ProxyPreface } from "./proxy-preface.ts";

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const read = (bytes: Buffer, protocol: "v1" | "v2" | "any" = "any") =>
  readProxyHeader(bytes, bytes.length, protocol);
const signature = latin1("\r\n\r\n\0\r\nQUIT\n");

function ends(from: string, fromPort: number, to: string, toPort: number): ConnectionEnds {
  return { source: { address: from, port: fromPort }, target: { address: to, port: toPort } };
}

function v2(command: number, family: number, content: Buffer, length = content.length): Buffer {
  const fixed = Buffer.from([command, family, length >> 8, length & 255]);
  return Buffer.concat([signature, fixed, content]);
}

const tcp4 = Buffer.from([192, 0, 2, 7, 10, 0, 0, 1, 0x30, 0x39, 0, 80]);
const tcp6 = Buffer.concat([
  Buffer.from("20010db8000000000000000000000007", "hex"),
  Buffer.alloc(16),
  Buffer.from([0x30, 0x39, 0, 80]),
]);

test.each([
  ["PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n", ends("192.0.2.7", 12345, "10.0.0.1", 80)],
  ["PROXY TCP6 2001:DB8:0:0::7 ::1 12345 0\r\n", ends("2001:db8::7", 12345, "::1", 0)],
  ["PROXY TCP6 ::ffff:192.0.2.7 ::1 1 65535\r\n", ends("192.0.2.7", 1, "::1", 65_535)],
  ["PROXY UNKNOWN\r\n", null],
  ["PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", null],
])("v1 %j names %j", (text, named) => {
  const header = { kind: "complete", size: text.length, ends: named };
  expect(read(latin1(`${text}GET /`))).toEqual(header);
});

test.each([
  ["TCP over IPv4", v2(0x21, 0x11, tcp4), ends("192.0.2.7", 12345, "10.0.0.1", 80)],
  ["TCP over IPv6", v2(0x21, 0x21, tcp6), ends("2001:db8::7", 12345, "::", 80)],
  [
    "TLVs after the addresses",
    v2(0x21, 0x11, Buffer.concat([tcp4, latin1("\x04\0\x03abc")])),
    ends("192.0.2.7", 12345, "10.0.0.1", 80),
  ],
  ["a unix socket", v2(0x21, 0x31, Buffer.alloc(216)), null],
  ["no addresses", v2(0x21, 0x00, Buffer.alloc(0)), null],
  ["a check of the sender's own", v2(0x20, 0x11, tcp4), null],
])("v2 with %s", (_, bytes, named) => {
  const followed = Buffer.concat([bytes, latin1("GET /")]);
  expect(read(followed)).toEqual({ kind: "complete", size: bytes.length, ends: named });
});

test.each([
  "GET / HTTP/1.1\r\n\r\n",
  "proxy TCP4 192.0.2.7 10.0.0.1 1 2\r\n",
  "PROXY  TCP4 192.0.2.7 10.0.0.1 1 2\r\n",
  "PROXY TCP4 192.0.2.7 10.0.0.1 1 2 \r\n",
  "PROXY TCP4 192.0.2.7 10.0.0.1 1 65536\r\n",
  "PROXY TCP4 192.0.2.7 10.0.0.1 01 2\r\n",
  "PROXY TCP4 192.0.2.07 10.0.0.1 1 2\r\n",
  "PROXY TCP4 ::1 ::1 1 2\r\n",
  "PROXY TCP6 192.0.2.7 10.0.0.1 1 2\r\n",
  "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
  "PROXY TCP4 192.0.2.7 10.0.0.1 1\r\n",
  "PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n",
  "PROXY UNKNOWNS\r\n",
  "PROXY TCP4 192.0.2.7 10.0.0.1 1 2\nGET / HTTP/1.1\r\n",
  `PROXY UNKNOWN ${"x".repeat(100)}\r\n`,
])("v1 %j is malformed", (text) => {
  expect(read(latin1(text))).toMatchObject({ kind: "malformed" });
});

test.each([
  ["another version", v2(0x11, 0x11, tcp4)],
  ["an unknown command", v2(0x22, 0x11, tcp4)],
  ["datagrams", v2(0x21, 0x12, tcp4)],
  ["too little for its addresses", v2(0x21, 0x11, tcp4.subarray(1))],
  ["more than is borne", v2(0x21, 0x11, tcp4, 4097)],
  ["a broken signature", Buffer.concat([latin1("\r\n\r\n\0\r\nQUIX"), v2(0x21, 0x11, tcp4)])],
])("v2 with %s is malformed", (_, bytes) => {
  expect(read(bytes)).toMatchObject({ kind: "malformed" });
});

test("a listener for one version takes no other", () => {
  const [one, two] = [latin1("PROXY UNKNOWN\r\n"), v2(0x21, 0x11, tcp4)];
  expect([read(one, "v1").kind, read(two, "v2").kind]).toEqual(["complete", "complete"]);
  expect([read(one, "v2").kind, read(two, "v1").kind]).toEqual(["malformed", "malformed"]);
});

const headers = fc.oneof(
  fc.constantFrom(
    latin1("PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n"),
    latin1("PROXY TCP6 2001:db8::7 ::1 12345 80\r\n"),
    v2(0x21, 0x21, tcp6),
    v2(0x20, 0, Buffer.alloc(0)),
  ),
  fc.uint8Array({ maxLength: 4084 }).map((tlvs) => v2(0x21, 0x11, Buffer.concat([tcp4, tlvs]))),
);

test("pieces of any size say the same as the whole", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 20 }), sizes, (header, rest, pieces) => {
      const bytes = Buffer.concat([header, rest]);
      const whole = read(bytes);
      expect(whole).toMatchObject({ kind: "complete", size: header.length });
      const preface = new ProxyPreface("any");
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const piece = bytes.subarray(at, at + (pieces[turn % pieces.length] as number));
        const result = preface.take(piece, piece.length);
        if (result.kind === "complete") {
          expect({ ...result, size: at + result.size }).toEqual(whole);
          return;
        }
        expect(result.kind).toBe("incomplete");
        at += piece.length;
      }
      throw new Error("never complete");
    }),
  );
});

test("every beginning of a header is incomplete, and no bytes are for ever", () => {
  fc.assert(
    fc.property(
      headers,
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (header, share) => {
        expect(read(header.subarray(0, Math.floor(header.length * share))).kind).toBe("incomplete");
      },
    ),
  );
  const start = fc
    .constantFrom("", "PROXY ", "PROXY TCP4 ", "\r\n\r\n\0\r\nQUIT\n\x21\x11")
    .map(latin1);
  const bytes = fc.uint8Array({ minLength: longestProxyHeader, maxLength: longestProxyHeader });
  fc.assert(
    fc.property(start, bytes, (before, after) => {
      const result = read(Buffer.concat([before, after]));
      expect(result.kind).not.toBe("incomplete");
      if (result.kind === "complete") expect(result.size).toBeLessThanOrEqual(longestProxyHeader);
    }),
  );
});

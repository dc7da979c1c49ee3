import { expect, test } from "vitest";
import { FieldId } from "./field-names.ts";
import { defaultHeadLimits } from "./limits.ts";
import { RequestParser } from "./request-parser.ts";

const decode = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");

function feed(parser: RequestParser, text: string): void {
  const bytes = Buffer.from(text, "latin1");
  parser.reset();
  parser.feed(bytes, 0, bytes.length);
}

test("a parser that is used again remembers nothing of the last request", () => {
  const parser = new RequestParser(defaultHeadLimits, decode);
  feed(
    parser,
    "OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\nConnection: close, upgrade, x-a\r\n" +
      "Upgrade: x\r\nExpect: 100-continue\r\nMax-Forwards: 3\r\nContent-Length: 5\r\n\r\n",
  );
  expect(parser).toMatchObject({ isPersistent: false, maxForwards: 3, isHostFromTarget: true });
  feed(parser, "GET / HTTP/1.0\r\n\r\n");
  expect(parser).toMatchObject({
    state: "complete",
    host: null,
    minor: 0,
    isHostFromTarget: false,
    expectsContinue: false,
    maxForwards: -1,
    upgrade: "",
  });
  expect([parser.framing.kind, parser.framing.length]).toEqual(["none", 0]);
  expect([parser.options.close, parser.options.upgrade]).toEqual([false, false]);
  expect(parser.options.names("x-a", 0, 3)).toBe(false);
});

test("a parser that refused a request reads the next one", () => {
  const parser = new RequestParser(defaultHeadLimits, decode);
  for (const refused of ["GET / HTTP/1.1\r\n\r\n", "GET /\n", `GET / HTTP/1.1\r\nHost: a\r\n`]) {
    feed(parser, refused);
    expect(parser.state).not.toBe("complete");
    feed(parser, "GET /x HTTP/1.1\r\nHost: b\r\n\r\n");
    expect(parser).toMatchObject({ state: "complete", violation: null, target: "/x", host: "b" });
  }
});

test("a Host that was valid before makes no other Host valid", () => {
  const parser = new RequestParser(defaultHeadLimits, decode);
  const stateFor = (host: string): string => {
    feed(parser, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return parser.violation ?? parser.state;
  };
  for (const bad of ["", " ", "a b", "a,b"])
    expect([bad, stateFor(bad)]).toEqual([bad, "bad-host"]);
  for (const bad of ["", "a b", "b/", "a, a"]) {
    expect(["a", "a", bad, bad, "b", "a"].map(stateFor)).toEqual([
      "complete",
      "complete",
      "bad-host",
      "bad-host",
      "complete",
      "complete",
    ]);
  }
});

test("a HEAD is known as one even when the rest of its head is refused", () => {
  const parser = new RequestParser(defaultHeadLimits, decode);
  for (const refused of ["HEAD / HTTP/1.1\r\nX : y\r\n", "HEAD  HTTP/1.1\r\n"]) {
    feed(parser, refused);
    expect(parser).toMatchObject({ state: "invalid", method: "HEAD" });
  }
  for (const refused of [
    "HEADX / HTTP/1.1\r\nX : y\r\n",
    "HEAP / HTTP/1.1\r\nX : y\r\n",
    "GET / HTTP/1.1\r\nX : y\r\n",
    "\n",
  ]) {
    feed(parser, refused);
    expect(parser).toMatchObject({ state: "invalid", method: "" });
  }
  feed(parser, "HEAD / HTTP/1.1\r\nX");
  expect(parser).toMatchObject({ state: "incomplete", method: "" });
});

test("fields are found by id and by name, the first of several", () => {
  const parser = new RequestParser(defaultHeadLimits, decode);
  feed(
    parser,
    "GET / HTTP/1.1\r\nHost: a\r\nUser-agent: u\r\nX-Real-IP: 1\r\nuser-agent: v\r\n\r\n",
  );
  expect(parser.valueNamed("user-agent")).toBe("u");
  expect(parser.valueNamed("referer")).toBeNull();
  expect(parser.value(FieldId.forwardedOther)).toBe("1");
  expect(parser.value(FieldId.via)).toBeNull();
});

test("a connection that sent only empty lines has not started a request", () => {
  const parser = new RequestParser(defaultHeadLimits, decode);
  feed(parser, "\r\n\r\n");
  expect(parser.isStarted).toBe(false);
  feed(parser, "\r\n\r");
  expect(parser.isStarted).toBe(true);
});

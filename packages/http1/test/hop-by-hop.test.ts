import { describe, expect, test } from "vitest";
import { isAcceptedUpgrade } from "../src/upgrade.ts";
import { accepted, get, linesNamed, linesOf, requestWith, run } from "./shorthand.ts";

describe("Connection", () => {
  test.each([
    [["Connection: X-A, x-b", "connection: X-C"]],
    [["Connection: x-a,,X-B", "Connection: ,x-c,"]],
    [["Connection:", "Connection: X-A , X-B\t,\tX-C"]],
    [["CONNECTION: close, X-A", "Connection: X-B, x-C, keep-alive"]],
  ])("row 51: every field named by %j ends here, and so does Connection", (connection) => {
    const fields = ["X-A: 1", "x-b: 2", "X-C: 3", "X-D: 4", "x-a: 5"];
    const { forwarded } = accepted(requestWith(...fields, ...connection));
    for (const name of ["connection", "x-a", "x-b", "x-c"]) {
      expect(linesNamed(forwarded, name)).toEqual([]);
    }
    expect(linesNamed(forwarded, "x-d")).toEqual(["X-D: 4"]);
  });

  test.each([
    ["X-Hop, close", [""]],
    ["close, X-Hop", [""]],
    ["x-hOP, ClOsE", [""]],
    ["\tclose\t,X-Hop", [""]],
    ["X-Hop", ["Connection: close"]],
    ["", ["Connection: X-Hop, close"]],
    ["X-Hop,", ["Connection: ,", "Connection: CLOSE"]],
  ])("row 51: Go's matrix, %j then %j: X-Hop is gone and the connection closes", (first, more) => {
    const lines = [`Connection: ${first}`, ...more.filter((line) => line !== "")];
    const message = accepted(requestWith("X-Hop: 1", ...lines, "X-Stay: 1"));
    expect(message.isPersistent).toBe(false);
    expect(linesNamed(message.forwarded, "x-hop")).toEqual([]);
    expect(linesNamed(message.forwarded, "x-stay")).toEqual(["X-Stay: 1"]);
  });

  test("row 51: 0xa0 is no white space, so it does not make an option of what it touches", () => {
    const message = accepted(requestWith("Connection: \xa0close, \xa0x-a\xa0", "X-A: 1"));
    expect(message.isPersistent).toBe(true);
    expect(linesNamed(message.forwarded, "x-a")).toEqual(["X-A: 1"]);
  });

  test("row 51: thousands of options against a hundred fields cost no more than reading them", () => {
    const options = Array.from({ length: 2_000 }, (_, index) => `o${index}`).join();
    const fields = Array.from({ length: 90 }, (_, index) => `o${index * 2}-x: 1`);
    const { forwarded } = accepted(requestWith(`Connection: ${options}`, ...fields, "o7: 1"));
    expect(linesOf(forwarded).filter((line) => line.startsWith("o"))).toEqual(fields);
  });

  test.each([
    ["Keep-Alive: timeout=5"],
    ["Proxy-Connection: keep-alive"],
    ["TE: gzip"],
    ["TE: trailers"],
    ["Trailer: X-Sum"],
    ["Upgrade: websocket"],
    ["HTTP2-Settings: AAMAAABkAAQAAP__"],
    ["Connection: keep-alive"],
  ])("row 52: %j alone ends here", (line) => {
    const { forwarded } = accepted(requestWith("A: 1", line, "B: 2"));
    expect(linesNamed(forwarded, line.slice(0, line.indexOf(":")))).toEqual([]);
    expect(linesOf(forwarded).slice(2, 4)).toEqual(["A: 1", "B: 2"]);
  });

  test("row 52: Proxy-Authorization passes, as it does with nginx and HAProxy", () => {
    const { forwarded } = accepted(requestWith("Proxy-Authorization: Basic eA=="));
    expect(linesNamed(forwarded, "proxy-authorization")).toHaveLength(1);
  });

  test("row 53: Connection cannot remove framing, routing, identity or credentials", () => {
    const options = "Host, Content-Length, Cookie, Authorization, X-Forwarded-For, X-Real-IP, Via";
    const kept = ["Content-Length: 5", "Cookie: a=1", "Authorization: x"];
    const message = accepted(`${requestWith(`Connection: ${options}`, ...kept)}hello`);
    expect(linesOf(message.forwarded).slice(1, 5)).toEqual(["Host: a.test", ...kept]);
    expect(linesNamed(message.forwarded, "x-forwarded-for")).toEqual([
      "X-Forwarded-For: 192.0.2.1",
    ]);
    expect(linesNamed(message.forwarded, "via")).toEqual(["Via: 1.1 lb"]);
    expect(message.body).toBe("hello");
  });

  test.each(["Transfer-Encoding", "transfer-encoding, close", "TRANSFER-ENCODING"])(
    "row 53: Connection: %s leaves the body framed (CVE-2026-26365)",
    (option) => {
      const head = requestWith(`Connection: ${option}`, "Transfer-Encoding: chunked");
      const message = accepted(`${head}5\r\nhello\r\n0\r\n\r\n`);
      expect(message).toMatchObject({ kind: "chunked", body: "hello" });
      expect(linesNamed(message.forwarded, "transfer-encoding")).toEqual([
        "Transfer-Encoding: chunked",
      ]);
    },
  );

  test("row 53: a trusted peer's forwarded fields survive being named too", () => {
    const lines = ["X-Real-IP: 1.1.1.1", "X-Forwarded-Port: 1", "Connection: x-real-ip"];
    const named = `${lines.join("\r\n")}, x-forwarded-port`;
    const { forwarded } = accepted(requestWith(named), { isPeerTrusted: true });
    expect(linesNamed(forwarded, "x-real-ip")).toEqual(["X-Real-IP: 1.1.1.1"]);
    expect(linesNamed(forwarded, "x-forwarded-port")).toEqual(["X-Forwarded-Port: 1"]);
  });

  test("row 54: ours are added after the removal", () => {
    const { forwarded } = accepted(
      requestWith("Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Request-Id"),
    );
    for (const name of ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id"])
      expect(linesNamed(forwarded, name)).toHaveLength(1);
  });

  test.each(["gzip", "trailers;q=0.5", "", "xtrailers", "gzip;q=1, deflate"])(
    "row 55: TE: %s is dropped",
    (value) => {
      const { forwarded } = accepted(requestWith(`TE: ${value}`, "Connection: TE"));
      expect(linesNamed(forwarded, "te")).toEqual([]);
      expect(linesNamed(forwarded, "connection")).toEqual([]);
    },
  );

  test.each(["TE: trailers", "te: Trailers", "TE: gzip, trailers ,", "TE: gzip\r\nTE: trailers"])(
    "row 55: %s becomes TE: trailers under a Connection that lists it",
    (line) => {
      const { forwarded } = accepted(requestWith(line, "Connection: TE"));
      expect(linesNamed(forwarded, "te")).toEqual(["TE: trailers"]);
      expect(linesNamed(forwarded, "connection")).toEqual(["Connection: TE"]);
    },
  );

  test("row 55: TE and Upgrade share the Connection line", () => {
    const lines = ["TE: trailers", "Upgrade: websocket", "Connection: upgrade, te"];
    const { forwarded } = accepted(requestWith(...lines));
    expect(linesNamed(forwarded, "connection")).toEqual(["Connection: Upgrade, TE"]);
  });

  test("row 51: a trailer that Connection names ends here, in the body and in its announcement", () => {
    const lines = ["Connection: x-hop", "Trailer: X-Sum, X-Hop", "Trailer: Host,,x-last"];
    const head = requestWith(...lines, "Transfer-Encoding: chunked");
    const message = accepted(`${head}0\r\nX-Hop: 1\r\nX-Sum: 2\r\n\r\n`);
    expect(message.trailers).toBe("X-Sum: 2\r\n");
    expect(linesNamed(message.forwarded, "trailer")).toEqual(["Trailer: X-Sum, x-last"]);
  });

  test("row 52: Connection can name Trailer itself", () => {
    const head = requestWith("Connection: trailer", "Trailer: X-Sum", "Transfer-Encoding: chunked");
    const message = accepted(`${head}0\r\n\r\n`);
    expect(linesNamed(message.forwarded, "trailer")).toEqual([]);
  });
});

describe("Upgrade", () => {
  test("row 56: Upgrade with Connection: upgrade is written anew, once", () => {
    const { forwarded, upgrade } = accepted(
      requestWith("connection: keep-alive, Upgrade", "upgrade: websocket"),
    );
    expect(upgrade).toBe("websocket");
    expect(linesNamed(forwarded, "connection")).toEqual(["Connection: Upgrade"]);
    expect(linesNamed(forwarded, "upgrade")).toEqual(["Upgrade: websocket"]);
  });

  test.each([
    ["no option", ["Upgrade: websocket"]],
    ["another option", ["Upgrade: websocket", "Connection: close"]],
    ["h2c", ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AA"]],
    ["h2c in a list", ["Upgrade: websocket, H2C", "Connection: Upgrade"]],
    ["no token", ["Upgrade: web socket", "Connection: upgrade"]],
    ["no value", ["Upgrade:", "Connection: upgrade"]],
    ["no Upgrade", ["Connection: upgrade"]],
  ])("row 56: with %s nothing is upgraded", (_, lines) => {
    const { forwarded, upgrade } = accepted(requestWith(...lines));
    expect(upgrade).toBe("");
    for (const name of ["upgrade", "connection", "http2-settings"]) {
      expect(linesNamed(forwarded, name)).toEqual([]);
    }
  });

  test.each([
    ["websocket", "websocket", true],
    ["websocket", "WebSocket", true],
    ["a, b/1", "B/1", true],
    ["websocket", "h2c", false],
    ["websocket", "", false],
    ["", "websocket", false],
    ["", "", false],
    ["websocket", "websocket, h2c", false],
    ["websocket", "web socket", false],
  ])("row 57: asked for %j, a 101 to %j is accepted: %s", (requested, chosen, expected) => {
    expect(isAcceptedUpgrade(requested, chosen)).toBe(expected);
  });

  test("row 58: what follows an upgrade request is framed as HTTP", () => {
    const head = requestWith("Upgrade: websocket", "Connection: upgrade", "Content-Length: 3");
    const { messages } = run(`${head}abc${get("/second")}`);
    expect(messages.map(({ target, body }) => [target, body])).toEqual([
      ["/p", "abc"],
      ["/second", ""],
    ]);
  });

  test("row 60: Upgrade from an HTTP/1.0 client is ignored", () => {
    const message = accepted("GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    expect(message.upgrade).toBe("");
    expect(linesNamed(message.forwarded, "upgrade")).toEqual([]);
  });
});

describe("persistence", () => {
  test.each(["close", "Close", "keep-alive, close", "close, keep-alive", "x, close"])(
    "row 61: Connection: %s ends the connection; of three pipelined requests one is read",
    (value) => {
      const { messages, ending } = run(requestWith(`Connection: ${value}`) + get("/2") + get("/3"));
      expect(messages).toHaveLength(1);
      expect(ending).toBe("closed");
    },
  );

  test.each(["keep-alive", "", "closed", "x-close", "upgrade"])(
    "row 61: Connection: %s does not end the connection",
    (value) => {
      expect(accepted(requestWith(`Connection: ${value}`)).isPersistent).toBe(true);
    },
  );

  test.each(["", "Connection: keep-alive\r\n", "Connection: close\r\n"])(
    "row 63: HTTP/1.0 with %j is one request per connection",
    (line) => {
      const { messages, ending } = run(`GET / HTTP/1.0\r\n${line}\r\n${get("/2")}`);
      expect(messages).toHaveLength(1);
      expect(ending).toBe("closed");
    },
  );
});

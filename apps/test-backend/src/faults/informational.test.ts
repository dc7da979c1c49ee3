import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("sends 103 before the answer, while that is still to come", async () => {
  const { port } = await startForTest({ faults: { fault: "informational", times: 2 } });
  const client = new RawClient(port);
  client.send(head("GET", "/delay/3600000"));
  const link = "Link: </style.css>; rel=preload; as=style";
  const one = `HTTP/1.1 103 Early Hints\r\n${link}\r\n\r\n`;
  await eventually(() => client.received === one + one);
});

test.each([100, 102, 199])("sends %i, then the answer", async (code) => {
  const { port } = await startForTest({ faults: { fault: "informational", code } });
  const answer = await exchangeRaw(port, head("GET", "/"));
  expect(answer.status).toBe(code);
  expect(answer.body).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("spares HTTP/1.0", async () => {
  const { port } = await startForTest({ faults: { fault: "informational" } });
  expect((await exchangeRaw(port, "GET / HTTP/1.0\r\n\r\n")).status).toBe(200);
});

import { describe, expect } from "vitest";
import { type AdminResponse, askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const secret = "s".repeat(32);
const top = { admin: "127.0.0.1:0" };

async function start(): Promise<TestProxy> {
  const backend = await startBackend(() => ok("one"));
  const sticky = { cookie: "S", secret };
  return await startTestProxy({ backends: [backend.url], pool: { sticky }, top });
}

async function show(proxy: TestProxy, accept = "*/*"): Promise<AdminResponse> {
  return await askAdmin(proxy.running, "/api/v1/config", { headers: { accept } });
}

async function put(
  proxy: TestProxy,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<AdminResponse> {
  return await askAdmin(proxy.running, "/api/v1/config", {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

describe("the configuration of the admin API", () => {
  test("is shown with its generation and without secrets", async () => {
    const { status, headers, text } = await show(await start());
    expect([status, headers["etag"], headers["content-type"]]).toEqual([
      200,
      '"1"',
      "application/json",
    ]);
    expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({
      pools: { web: { sticky: { secret: "[redacted]" }, timeouts: { connect: "3s" } } },
    });
  });

  test("can be sent back as it was shown, and nothing changes", async () => {
    const proxy = await start();
    const { text } = await show(proxy);
    const answer = await put(proxy, text, { "if-match": '"1"' });
    expect([answer.status, answer.headers["etag"]]).toEqual([200, '"2"']);
    expect(JSON.parse(answer.text)).toMatchObject({ generation: 2, changes: [] });
  });

  test("is taken and shown as YAML, too", async () => {
    const proxy = await start();
    const { text, headers } = await show(proxy, "application/yaml");
    expect(headers["content-type"]).toBe("application/yaml");
    const edited = text.replace("response: 30s", "response: 7s");
    const answer = await put(proxy, edited, { "content-type": "application/yaml" });
    expect(JSON.parse(answer.text)).toMatchObject({
      changes: ["pools.web.timeouts.response: 30s → 7s"],
    });
  });

  test("is replaced whole, and the next request goes by it", async () => {
    const proxy = await start();
    const other = await startBackend(() => ok("other"));
    const { text } = await show(proxy);
    const config = JSON.parse(text) as {
      pools: { web: { backends: unknown; healthCheck: unknown } };
    };
    config.pools.web.backends = [other.url];
    expect((await put(proxy, JSON.stringify(config))).status).toBe(200);
    const { body } = await (await openClient(proxy.port)).request(get());
    expect(body).toBe("other");
  });

  test("is not replaced when another generation is expected", async () => {
    const proxy = await start();
    const { text } = await show(proxy);
    await put(proxy, text);
    const answer = await put(proxy, text, { "if-match": '"1"' });
    expect([answer.status, answer.headers["etag"]]).toEqual([412, '"2"']);
    expect((await put(proxy, text, { "if-match": '"1", "2"' })).status).toBe(200);
    expect((await put(proxy, text, { "if-match": "*" })).status).toBe(200);
    expect(proxy.reloads.map(({ generation }) => generation)).toEqual([2, 3, 4]);
  });

  test("of two that expect the same generation, one is taken", async () => {
    const proxy = await start();
    const { text } = await show(proxy);
    const both = [put(proxy, text, { "if-match": '"1"' }), put(proxy, text, { "if-match": '"1"' })];
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 412]);
  });

  test("is refused with everything that is wrong with it", async () => {
    const proxy = await start();
    const answer = await put(
      proxy,
      "pools:\n  web:\n    backends: [http://a]\n    strateggy: x\nadmn: 1\n",
      { "content-type": "application/yaml" },
    );
    expect(answer.status).toBe(422);
    const { errors } = JSON.parse(answer.text) as { errors: readonly { text: string }[] };
    expect(errors.map(({ text }) => text)).toEqual([
      expect.stringContaining("request body:4:5 pools.web.strateggy"),
      expect.stringContaining("request body:5:1 admn"),
    ]);
    expect((await show(proxy)).headers["etag"]).toBe('"1"');
  });

  test("does not read variables of the balancer's environment", async () => {
    const answer = await put(await start(), "pools: { web: { backends: ['${PATH}'] } }", {
      "content-type": "application/yaml",
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("PATH");
    expect(answer.text).not.toContain(String(process.env["PATH"]));
  });

  test("is refused in another content type, and without any content", async () => {
    const proxy = await start();
    expect((await put(proxy, "x: 1", { "content-type": "text/plain" })).status).toBe(415);
    expect((await put(proxy, "")).status).toBe(422);
  });
});

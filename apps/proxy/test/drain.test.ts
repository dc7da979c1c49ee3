import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { value } from "./support/message.ts";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair } from "./support/run-proxy.ts";

const patient = { top: { shutdown: { timeout: "10s" } } };

describe("stop", () => {
  test("resolves clean when nothing is connected", async () => {
    const { proxy } = await startPair(patient);
    expect(await proxy.stop()).toEqual({ isClean: true });
  });

  test("lets a running response finish and says that the connection closes", async () => {
    const { proxy, backend } = await startPair(patient);
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    const stopped = proxy.stop();
    connection.send(ok("late"));
    const response = await client.response();
    expect(response.body).toBe("late");
    expect(value(response, "connection")).toBe("close");
    await client.untilEnded();
    client.end();
    expect(await stopped).toEqual({ isClean: true });
    expect(proxy.records()).toMatchObject([{ status: 200, error: null }]);
  });

  test("lets a response finish whose head was already sent", async () => {
    const { proxy, backend } = await startPair(patient);
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo");
    await client.untilReceived("\r\n\r\nbo");
    const stopped = proxy.stop();
    connection.send("dy");
    expect((await client.response()).body).toBe("body");
    await client.untilEnded();
    client.end();
    expect(await stopped).toEqual({ isClean: true });
  });

  test("lets an upload finish", async () => {
    const { proxy, backend } = await startPair(patient);
    const client = await openClient(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    const connection = await backend.connection();
    await connection.untilReceived("hello");
    const stopped = proxy.stop();
    client.send("world");
    await connection.untilReceived("helloworld");
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
    await client.untilEnded();
    client.end();
    expect(await stopped).toEqual({ isClean: true });
  });

  test("ends idle connections, and those that never said anything", async () => {
    const { proxy } = await startPair(patient, () => ok());
    const [idle, silent] = [await openClient(proxy.port), await openClient(proxy.port)];
    await idle.request(get());
    const stopped = proxy.stop();
    await idle.untilEnded();
    await silent.untilEnded();
    expect(await stopped).toEqual({ isClean: true });
    expect(idle.errorCode).toBeNull();
    expect(idle.received).toBe("");
  });

  test("waits for idle connections as long as the listener says, or not at all", async () => {
    const isClean = async (drain: string, timeout: string): Promise<boolean> => {
      const settings = { listener: { timeouts: { drain } }, top: { shutdown: { timeout } } };
      const { proxy } = await startPair(settings, () => ok());
      await (await openClient(proxy.port)).request(get());
      return (await proxy.stop()).isClean;
    };
    // Unclean: the time for all of it was over first.
    expect(await isClean("10m", "3s")).toBe(false);
    expect(await isClean("off", "20s")).toBe(true);
  });

  test("answers one more request on an idle connection, with Connection: close", async () => {
    const { proxy } = await startPair(patient, () => ok());
    const client = await openClient(proxy.port);
    await client.request(get());
    const stopped = proxy.stop();
    const response = await client.request(get("/last"));
    expect(response.body).toBe("ok");
    expect(value(response, "connection")).toBe("close");
    await client.untilEnded();
    client.end();
    expect(await stopped).toEqual({ isClean: true });
  });

  test("accepts no new connection", async () => {
    const { proxy, backend } = await startPair(patient);
    const client = await openClient(proxy.port);
    client.send(get());
    await backend.connection();
    const stopped = proxy.stop();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(openClient(proxy.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    client.reset();
    expect(await stopped).toEqual({ isClean: true });
  });

  test("ends the connections to the backends", async () => {
    const { proxy, backend } = await startPair(patient, () => ok());
    const client = await openClient(proxy.port);
    await client.request(get());
    client.end();
    await proxy.stop();
    await (await backend.connection()).untilEnded();
  });

  test("resolves unclean and cuts what hangs beyond shutdown.timeout", async () => {
    const { proxy, backend } = await startPair({ top: { shutdown: { timeout: "300ms" } } });
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    expect(await proxy.stop()).toEqual({ isClean: false });
    await client.untilEnded();
    await connection.untilEnded();
    await proxy.untilQuiet();
  });

  test("shows a client whose response is cut that it is not whole", async () => {
    const { proxy, backend } = await startPair({ top: { shutdown: { timeout: "300ms" } } });
    const client = await openClient(proxy.port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
    await client.untilReceived("hello");
    expect(await proxy.stop()).toEqual({ isClean: false });
    await client.untilEnded();
    expect(client.errorCode).toBe("ECONNRESET");
  });
});

import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { BodyTransfer } from "../body-transfer.ts";
import type { Flushable } from "../timing/turns.ts";
import { ClientWriter } from "./client-writer.ts";

/** A socket that takes everything until `isFull`, and a turn that ends on command. */
function setUp() {
  const written: string[] = [];
  const socket = {
    isFull: false,
    writableLength: 0,
    write(data: string | Buffer): boolean {
      written.push(data.toString("latin1"));
      if (this.isFull) this.writableLength += data.length;
      return !this.isFull;
    },
  };
  let flushes: Flushable[] = [];
  let blocked = 0;
  const writer = new ClientWriter(
    socket as unknown as Socket,
    new BodyTransfer(),
    { flushAtEnd: (flushable) => void flushes.push(flushable) },
    () => blocked++,
  );
  return {
    socket,
    written,
    writer,
    blocked: () => blocked,
    endTurn: () => {
      const due = flushes;
      flushes = [];
      for (const flushable of due) flushable.flush();
      return due.length;
    },
  };
}

describe("what a client is sent", () => {
  test("goes out once at the end of the turn, however many pieces it came in", () => {
    const { writer, written, endTurn } = setUp();
    expect(writer.write("one ")).toBe(true);
    expect(writer.write("two")).toBe(true);
    expect(written).toEqual([]);
    expect(writer.isFlushed).toBe(false);
    expect(endTurn()).toBe(1);
    expect(written).toEqual(["one two"]);
    expect(writer.isFlushed).toBe(true);
  });

  test("keeps its order when bytes follow text", () => {
    const { writer, written, endTurn } = setUp();
    writer.write("head");
    writer.write(Buffer.from("body"));
    expect(written).toEqual(["head", "body"]);
    expect(endTurn()).toBe(1);
    expect(written).toEqual(["head", "body"]);
  });

  test("does not wait when it is long", () => {
    const { writer, written } = setUp();
    writer.write("x".repeat(10_000));
    writer.write("y".repeat(10_000));
    expect(written.map((text) => text.length)).toEqual([10_000, 10_000]);
    writer.write("z".repeat(20_000));
    expect(written.at(-1)).toHaveLength(20_000);
  });
});

describe("a client that does not read", () => {
  test("is found out at the end of the turn, and whoever watches it is told", () => {
    const { writer, socket, blocked, endTurn } = setUp();
    socket.isFull = true;
    expect(writer.write("text")).toBe(true);
    endTurn();
    expect(blocked()).toBe(1);
    expect(writer.isBlocked).toBe(true);
  });

  test("still gets both pieces in order when the first one blocks", () => {
    const { writer, socket, written } = setUp();
    socket.isFull = true;
    writer.write("head");
    expect(writer.write(Buffer.from("body"))).toBe(false);
    expect(written).toEqual(["head", "body"]);
  });
});

import { expect, test } from "vitest";
import { formatTable } from "./table.ts";

test("lines up columns under their headings", () => {
  const rows = [
    { name: "Server-1", pid: 7, health: "healthy" },
    { name: "B", pid: 1234, health: "ended" },
  ];
  expect(formatTable(rows)).toBe(
    ["NAME      PID   HEALTH", "Server-1  7     healthy", "B         1234  ended", ""].join("\n"),
  );
});

import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchConfig } from "../src/watch-config.ts";
import { eventually } from "./support/peer.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "evenkeel-watch-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface Watched {
  changes: number;
  readonly problems: string[];
}

function watched(path: string, known = readFileSync(path, "utf8")): Watched {
  const seen: Watched = { changes: 0, problems: [] };
  const stop = watchConfig(path, known, {
    onChange: () => seen.changes++,
    onProblem: (message) => seen.problems.push(message),
  });
  onTestFinished(stop);
  return seen;
}

test("a file that is written in place is seen, once for several writes", async () => {
  const file = join(folder(), "evenkeel.yaml");
  writeFileSync(file, "a");
  const seen = watched(file);
  for (const text of ["b", "c", "d"]) writeFileSync(file, text);
  await eventually("it is seen", () => seen.changes === 1);
  writeFileSync(file, "e");
  await eventually("the next is seen, too", () => seen.changes === 2);
});

test("a file that an editor replaces by renaming another one is seen, again and again", async () => {
  const at = folder();
  const file = join(at, "evenkeel.yaml");
  writeFileSync(file, "0");
  const seen = watched(file);
  for (let turn = 1; turn <= 3; turn++) {
    writeFileSync(join(at, ".evenkeel.yaml.swp"), String(turn));
    renameSync(join(at, ".evenkeel.yaml.swp"), file);
    await eventually(`change ${turn} is seen`, () => seen.changes === turn);
  }
});

test("the symlink that Kubernetes swaps is seen, again and again", async () => {
  const mount = folder();
  const version = (turn: number): string => {
    const name = `..2026_${turn}`;
    mkdirSync(join(mount, name));
    writeFileSync(join(mount, name, "evenkeel.yaml"), `version ${turn}`);
    return name;
  };
  symlinkSync(version(0), join(mount, "..data"));
  symlinkSync("..data/evenkeel.yaml", join(mount, "evenkeel.yaml"));
  const seen = watched(join(mount, "evenkeel.yaml"));
  for (let turn = 1; turn <= 3; turn++) {
    symlinkSync(version(turn), join(mount, "..data_tmp"));
    renameSync(join(mount, "..data_tmp"), join(mount, "..data"));
    rmSync(join(mount, `..2026_${turn - 1}`), { recursive: true });
    await eventually(`change ${turn} is seen`, () => seen.changes === turn);
  }
});

test("a link to a file elsewhere is followed there", async () => {
  const [here, there] = [folder(), folder()];
  writeFileSync(join(there, "real.yaml"), "a");
  symlinkSync(join(there, "real.yaml"), join(here, "evenkeel.yaml"));
  const seen = watched(join(here, "evenkeel.yaml"));
  writeFileSync(join(there, "real.yaml"), "b");
  await eventually("it is seen", () => seen.changes === 1);
});

test("what leaves the content as it was is no change, and a file that is gone is none either", async () => {
  const at = folder();
  const file = join(at, "evenkeel.yaml");
  writeFileSync(file, "a");
  const seen = watched(file);
  writeFileSync(file, "a");
  writeFileSync(join(at, "other.yaml"), "b");
  unlinkSync(file);
  // Whatever the above would have led to has happened when this is seen.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(seen.changes).toBe(0);
  writeFileSync(file, "c");
  await eventually("it is back", () => seen.changes === 1);
  expect(seen.problems).toEqual([]);
});

test("a change between loading and watching is seen", async () => {
  const file = join(folder(), "evenkeel.yaml");
  writeFileSync(file, "newer");
  const seen = watched(file, "as it was loaded");
  await eventually("it is seen", () => seen.changes === 1);
});

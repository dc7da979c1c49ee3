import { expect, test } from "vitest";
import { mixedResult } from "../../test/results.ts";
import { readXml, type XmlElement } from "../../test/xml.ts";
import { junitXml } from "./junit.ts";

/** Elements in the order in which they may stand, and attributes: those of Jenkins' junit-10.xsd. */
interface Shape {
  readonly children: readonly string[];
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const counts = ["tests", "failures", "errors", "time"];
const shapes: Readonly<Record<string, Shape>> = {
  testsuites: { children: ["testsuite"], required: [], optional: ["name", "skipped", ...counts] },
  testsuite: {
    children: ["testcase"],
    required: ["name", "tests"],
    optional: ["failures", "errors", "skipped", "time", "timestamp"],
  },
  testcase: {
    children: ["skipped", "error", "failure", "system-out"],
    required: ["name", "classname", "time"],
    optional: [],
  },
  skipped: { children: [], required: [], optional: ["message"] },
  error: { children: [], required: ["message", "type"], optional: [] },
  failure: { children: [], required: ["message", "type"], optional: [] },
  "system-out": { children: [], required: [], optional: [] },
};

function requireShape(element: XmlElement): void {
  const shape = shapes[element.name];
  if (shape === undefined) throw new Error(`<${element.name}> is not known`);
  const names = Object.keys(element.attributes);
  expect(names).toEqual(expect.arrayContaining([...shape.required]));
  expect([...shape.required, ...shape.optional]).toEqual(expect.arrayContaining(names));
  const places = element.children.map(({ name }) => shape.children.indexOf(name));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  for (const child of element.children) requireShape(child);
}

function every(element: XmlElement, name: string): readonly XmlElement[] {
  const below = element.children.flatMap((child) => every(child, name));
  return element.name === name ? [element, ...below] : below;
}

test("has the shape that CI systems read, whatever text was in it", () => {
  const root = readXml(junitXml(mixedResult));
  expect(root.name).toBe("testsuites");
  requireShape(root);
});

test("counts what there is", () => {
  const root = readXml(junitXml(mixedResult));
  const totals = { tests: "6", failures: "1", errors: "1", skipped: "2", time: "65.432" };
  expect(root.attributes).toMatchObject(totals);
  for (const element of [root, ...every(root, "testsuite")]) {
    const { tests, failures, errors, skipped } = element.attributes;
    const found = ["testcase", "failure", "error", "skipped"].map((name) =>
      String(every(element, name).length),
    );
    expect([tests, failures, errors, skipped]).toEqual(found);
  }
});

test("names every case with its sentence, and gives what failed its text and its logs", () => {
  const root = readXml(junitXml(mixedResult));
  const cases = every(root, "testcase");
  expect(cases.map(({ attributes }) => attributes["name"])).toEqual([
    "routing/kept: a route is found",
    "routing/kept: a route is found (run 2)",
    'failover/kill: no GET <fails> & "all" is well',
    "failover/stop: a promise of this test's own",
    "failover/flap: a promise of this test's own",
    "reload/signal: a promise of this test's own",
  ]);
  const [failure] = every(root, "failure");
  expect(failure?.attributes["message"]).toContain('<script>alert("1 & 2")</script>');
  expect(failure?.text).toContain("second line");
  const [output] = every(cases[2] as XmlElement, "system-out");
  expect(output?.text).toContain("again: pnpm acceptance --only failover/kill");
  expect(output?.text).toContain("── $ evenkeel proxy");
  expect(every(root, "skipped").map(({ attributes }) => attributes["message"])).toEqual([
    "invalid: the generator was saturated",
    "pending: not built yet",
  ]);
});

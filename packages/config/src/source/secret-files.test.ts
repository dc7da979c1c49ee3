import { expect, test } from "vitest";
import { configOf, problemsOf } from "../../test/load-text.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";

const token = "0123456789abcdef0123456789abcdef";
const files: Readonly<Record<string, string>> = { "/run/secrets/token": token, "/n": "4" };

function readSecret(path: string): Parsed<string> {
  const text = files[path];
  return text === undefined ? refused("there is no such file") : accepted(text);
}

const file =
  'pools: { web: { backends: [http://a] } }\nadmin: { address: "[::1]:9", token: "${T}" }\n';
const withoutToken = "pools: { web: { backends: [http://a] } }\nadmin: { address: '[::1]:9' }\n";

test("a reference to NAME reads the file that NAME_FILE names", () => {
  const env = { T_FILE: "/run/secrets/token" };
  expect(configOf(file, { env, readSecret }).config.admin?.token).toBe(token);
});

test("an unquoted number from a file is a number, as from a variable", () => {
  const text = "pools: { web: { backends: [http://a] } }\nworkers: ${N:-1}\n";
  expect(configOf(text, { env: { N_FILE: "/n" }, readSecret }).config.workers).toBe(4);
});

test("EVENKEEL_…_FILE gives a setting from a file, and is its origin", () => {
  const env = { EVENKEEL_ADMIN__TOKEN_FILE: "/run/secrets/token", EVENKEEL_WORKERS_FILE: "/n" };
  const { config, origins } = configOf(withoutToken, { env, readSecret });
  expect([config.admin?.token, config.workers]).toEqual([token, 4]);
  expect(origins.get("admin.token")).toBe("EVENKEEL_ADMIN__TOKEN_FILE");
});

test("a file that cannot be read is a problem where the value stands, also beside a default", () => {
  const env = { T_FILE: "/nowhere", EVENKEEL_WORKERS_FILE: "/nowhere" };
  const message = 'names "/nowhere": there is no such file';
  const problems = [
    `evenkeel.yaml:2:38 admin.token: T_FILE ${message}`,
    `EVENKEEL_WORKERS_FILE: EVENKEEL_WORKERS_FILE ${message}`,
  ];
  for (const text of [file, file.replace("${T}", "${T:-x}")]) {
    expect(problemsOf(text, { env, readSecret })).toEqual(problems);
  }
});

test("the value and its file at once are refused", () => {
  const env = { T: token, T_FILE: "/n", EVENKEEL_WORKERS: "2", EVENKEEL_WORKERS_FILE: "/n" };
  const problems = problemsOf(file, { env, readSecret });
  expect(problems).toEqual([
    "evenkeel.yaml:2:38 admin.token: T and T_FILE are both set; remove one of them",
    "EVENKEEL_WORKERS_FILE: EVENKEEL_WORKERS and EVENKEEL_WORKERS_FILE are both set; remove one of them",
  ]);
  expect(problems.join()).not.toContain(token);
});

test("an empty one of the two counts as not set", () => {
  const env = {
    T: "",
    T_FILE: "/run/secrets/token",
    EVENKEEL_WORKERS: "2",
    EVENKEEL_WORKERS_FILE: "",
  };
  const { config } = configOf(file, { env, readSecret });
  expect([config.admin?.token, config.workers]).toEqual([token, 2]);
});

test("a name that is no setting with or without _FILE is unknown", () => {
  expect(problemsOf(withoutToken, { env: { EVENKEEL_WORKRS_FILE: "/n" }, readSecret })).toEqual([
    expect.stringContaining("EVENKEEL_WORKRS_FILE: unknown variable"),
  ]);
});

test("without a reader no file is touched", () => {
  expect(problemsOf(file, { env: { T_FILE: "/etc/hostname" } })).toEqual([
    'evenkeel.yaml:2:38 admin.token: T_FILE names "/etc/hostname": files are not read here',
  ]);
});

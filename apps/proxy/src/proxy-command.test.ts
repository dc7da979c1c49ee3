import { strategyNames } from "@evenkeel/core";
import { expect, test } from "vitest";
import { createProxyCommand } from "./proxy-command.ts";

function help(): string {
  let text = "";
  createProxyCommand()
    .configureOutput({ writeOut: (part) => (text += part) })
    .outputHelp();
  return text;
}

test("the help shows examples, where output goes and the exit codes", () => {
  expect(help()).toContain("$ evenkeel proxy --backends");
  expect(help()).toContain("--strategy consistent-hash,key=header:x-user,virtualNodes=100");
  expect(help()).toContain("http://10.0.0.3;backup'");
  expect(help()).toContain("stdout");
  expect(help()).toContain("69 cannot listen");
});

test("the help names every strategy with its options", () => {
  for (const name of strategyNames) expect(help()).toMatch(new RegExp(`^  ${name}(\\[|$)`, "m"));
  expect(help()).toContain("\n  consistent-hash[,virtualNodes=…][,key=…][,boundedLoad=…]\n");
});

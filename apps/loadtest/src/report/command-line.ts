import { withoutPassword } from "../engine/plan.ts";

/** Flags whose value may be a secret. */
const secretFlags: ReadonlySet<string> = new Set(["--header", "-H", "--body", "--expect-body"]);

/** `argv` as it was typed after the interpreter and the script, for a report: nothing secret is in it. */
export function commandLine(argv: readonly string[]): string {
  const [first, ...rest] = argv;
  const args = first === "loadtest" ? rest : argv;
  const shown = args.map((arg, index) => {
    if (secretFlags.has(args[index - 1] ?? "")) return hiddenValue(arg);
    const equals = arg.indexOf("=");
    const flag = arg.slice(0, Math.max(0, equals));
    if (secretFlags.has(flag)) return `${flag}=${hiddenValue(arg.slice(equals + 1))}`;
    return /^https?:\/\//.test(arg) && URL.canParse(arg) ? withoutPassword(arg) : arg;
  });
  return ["evenkeel", "loadtest", ...shown.map(quoted)].join(" ");
}

/** The name of a header is no secret. */
function hiddenValue(value: string): string {
  const colon = value.indexOf(":");
  return colon > 0 && /^[\w-]+$/.test(value.slice(0, colon))
    ? `${value.slice(0, colon)}: ***`
    : "***";
}

/** As a shell would take it. */
function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`;
}

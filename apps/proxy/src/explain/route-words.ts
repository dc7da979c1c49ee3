import type { RouteConfig, ValueCondition } from "@evenkeel/config";

/** What a route asks for, in a few words: `api.example.com GET /v1/… with header x-user`. */
export function routeText({ listeners, host, path, methods, headers, query }: RouteConfig): string {
  const words = [
    listeners === null ? "" : `(${listeners.join("|")})`,
    methods === null ? "" : methods.join("|"),
    `${host === null ? "" : hostText(host)}${path === null ? "/*" : pathText(path)}`,
    ...headers.map((condition) => `header ${conditionText(condition)}`),
    ...query.map((condition) => `query ${conditionText(condition)}`),
  ];
  return words.filter((word) => word !== "").join(" ");
}

export function hostText(host: NonNullable<RouteConfig["host"]>): string {
  return host.kind === "exact" ? host.name : `*.${host.parent}`;
}

export function pathText(path: NonNullable<RouteConfig["path"]>): string {
  if (path.kind === "regex") return `~${path.pattern}`;
  if (path.kind === "exact") return `=${path.path}`;
  return path.path.endsWith("/") ? `${path.path}*` : `${path.path}[/*]`;
}

export function conditionText({ name, test }: ValueCondition): string {
  if (test.kind === "equals") return `${name}=${JSON.stringify(test.value)}`;
  if (test.kind === "matches") return `${name}~${test.pattern}`;
  return `${name} ${test.kind}`;
}

export { createCheckCommand } from "./check-command.ts";
export { createConfigCommand } from "./config-command.ts";
export { createProxyCommand } from "./proxy-command.ts";
export { ListenError } from "./listen-error.ts";
export { type ProxyHooks, type RunningProxy, startProxy } from "./start-proxy.ts";

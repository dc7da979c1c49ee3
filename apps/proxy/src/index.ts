export { createProxyCommand } from "./proxy-command.ts";
export { ListenError } from "./listen-error.ts";
export { type ProxyHooks, type RunningProxy, startProxy } from "./start-proxy.ts";

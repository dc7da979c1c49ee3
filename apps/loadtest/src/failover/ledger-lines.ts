import { formatCount } from "../print/format.ts";
import type { Reconciliation } from "./ledgers/reconcile.ts";

/** How many ids of a kind are worth a person's time. */
const mostIds = 20;

/** What the balancer tried again. */
export function retryText({ retries, retried }: Reconciliation): string {
  if (retries === null) return "the balancer's log does not say";
  return `${formatCount(retries)} attempts beyond the first, for ${formatCount(retried ?? 0)} requests`;
}

/** Entries of the three ledgers, and what was done twice. */
export function ledgerText({ entries, doubled }: Reconciliation): string {
  const balancer = entries.balancer === null ? "no log" : formatCount(entries.balancer);
  const backends = entries.backends === null ? "no ledger" : formatCount(entries.backends);
  const count = doubled === null ? "cannot be told" : formatCount(doubled.length);
  return `client ${formatCount(entries.client)}, balancer ${balancer}, backends ${backends}; doubled: ${count}`;
}

/** Whatever the ledgers do not agree on, by id; the first twenty of each kind. */
export function disagreements(counts: Reconciliation): [kind: string, ids: string][] {
  const doubled = counts.doubled?.map(({ id, method, seen, attempts }) => {
    return `${id} (${method}, seen ${seen}${attempts === null ? "" : `, attempts ${attempts}`})`;
  });
  const kinds: [string, readonly string[]][] = [
    ["lost", counts.lost],
    ["doubled", doubled ?? []],
    ["unexplained", counts.unexplained ?? []],
    ["unlogged", counts.unlogged ?? []],
  ];
  return kinds
    .filter(([, ids]) => ids.length > 0)
    .map(([name, ids]) => {
      const more = ids.length > mostIds ? ` … and ${formatCount(ids.length - mostIds)} more` : "";
      return [name, `${ids.slice(0, mostIds).join(" ")}${more}`];
    });
}

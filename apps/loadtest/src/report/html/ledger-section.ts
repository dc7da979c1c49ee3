import type { ReportLedger } from "../report-document.ts";
import { formatValue } from "./format-value.ts";
import type { Heading } from "./heading.ts";
import { html, type Markup } from "./markup.ts";

/** Where every request is, by the ledgers of client, balancer and backends. */
export function ledgerSection(ledger: ReportLedger | null, heading: Heading): Markup {
  if (ledger === null) return html``;
  const { entries } = ledger;
  const rows: [string, string][] = [
    ["client's entries", formatValue(entries.client, "count")],
    ["balancer's entries", countOr(entries.balancer, "no log")],
    ["backends' entries", countOr(entries.backends, "no ledger")],
    ["accounting", accounting(ledger)],
    ["dropped, never sent", formatValue(ledger.dropped, "count")],
    ["retries", countOr(ledger.retries, "the balancer's log does not say")],
    ["doubled", countOr(ledger.doubled, "cannot be told")],
    ["unexplained", countOr(ledger.unexplained, "cannot be told")],
    ["unlogged", countOr(ledger.unlogged, "cannot be told")],
  ];
  return html`${heading("Ledgers")}
    <p class="quiet">
      What the client, the balancer and every backend wrote down, compared by request id.
    </p>
    <div class="scroll">
      <table>
        <caption>
          Every request
        </caption>
        <tbody>
          ${rows.map(
            ([name, text]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${text}</td>
              </tr> `,
          )}${ledger.listed.map(
            ({ what, ids }) =>
              html`<tr>
                <th scope="row">${what}, first ids</th>
                <td>
                  <div class="ids"><code>${ids.join(" ")}</code></div>
                </td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}

/** Every request is in exactly one of the summands; the equation is there to be checked. */
function accounting(ledger: ReportLedger): string {
  const { sent, succeeded, errorResponses, lost, aborted } = ledger;
  const count = (value: number): string => formatValue(value, "count");
  const sign = succeeded + errorResponses + lost + aborted === sent ? "=" : "≠";
  return (
    `${count(sent)} sent ${sign} ${count(succeeded)} succeeded + ${count(errorResponses)} error responses + ` +
    `${count(lost)} lost + ${count(aborted)} aborted`
  );
}

function countOr(value: number | null, otherwise: string): string {
  return value === null ? otherwise : formatValue(value, "count");
}

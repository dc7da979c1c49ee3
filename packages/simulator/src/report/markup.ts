/** Text as HTML: names of backends and pools come from a file that anybody may have written. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A table with its first column as row headings; in a box of its own that scrolls sideways. */
export function htmlTable(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const head = headings.map((heading) => `<th scope="col">${escaped(heading)}</th>`).join("");
  const body = rows
    .map(([name = "", ...cells]) => {
      const figures = cells.map((cell) => `<td>${escaped(cell)}</td>`).join("");
      return `<tr><th scope="row">${escaped(name)}</th>${figures}</tr>`;
    })
    .join("\n");
  return `<div class="scroll"><table><caption>${escaped(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

/** A chart that says in words what it shows, and the figures behind it. */
export function figure(title: string, summary: string, svg: string, table: string): string {
  return `<figure>
<figcaption><b>${escaped(title)}</b><br>${escaped(summary)}</figcaption>
${svg}
<details><summary>The figures</summary>
${table}
</details>
</figure>`;
}

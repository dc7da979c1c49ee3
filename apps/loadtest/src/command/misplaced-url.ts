/** `--json http://...` means the URL: nobody names a file like that. */
export function withMisplacedUrl<Flags extends { readonly json?: true | string }>(
  url: string | undefined,
  flags: Flags,
): { readonly url: string | undefined; readonly flags: Flags } {
  if (url === undefined && typeof flags.json === "string" && /^https?:\/\//.test(flags.json)) {
    return { url: flags.json, flags: { ...flags, json: true } };
  }
  return { url, flags };
}

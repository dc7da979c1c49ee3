/** What reading one value gave: the value, or why it was refused (and what was probably meant). */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | null };

export function accepted<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refused(message: string, suggestion: string | null = null): Parsed<never> {
  return { ok: false, message, suggestion };
}

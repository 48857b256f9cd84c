/** A stored value as JSON, text or bytes. Always as characters: nothing of it is ever run. */

export type ValueForm = "json" | "text" | "hex";

const HEX_BYTES_MAX = 16 * 1_024;
const ROW = 16;

/** The form that tells most about a value. */
export function bestForm(bytes: Uint8Array, contentType: string): ValueForm {
  const text = textOf(bytes);
  if (text === null) return "hex";
  const saysJson = /^application\/([\w.-]+\+)?json\b/i.test(contentType);
  return saysJson && jsonOf(text) !== null ? "json" : "text";
}

/** Null: it is none of this form. */
export function shownAs(bytes: Uint8Array, form: ValueForm): string | null {
  if (form === "hex") return hexOf(bytes);
  const text = textOf(bytes);
  if (text === null) return null;
  return form === "json" ? jsonOf(text) : text;
}

/** Null: not UTF-8, or it holds what no editor would give back. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Indented; null: not JSON. Numbers that JavaScript would alter are left as they are written. */
export function jsonOf(text: string): string | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const isExact = !/\d{16,}|\d[eE]|-0\b/.test(text);
    return isExact ? JSON.stringify(parsed, null, 2) : text;
  } catch {
    return null;
  }
}

export function hexOf(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, HEX_BYTES_MAX);
  const rows: string[] = [];
  for (let at = 0; at < shown.length; at += ROW) {
    const row = [...shown.subarray(at, at + ROW)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => (isPrintable(byte) ? String.fromCharCode(byte) : "·"));
    rows.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(ROW * 3 - 1)}  ${text.join("")}`);
  }
  const rest = bytes.length - shown.length;
  return rest > 0 ? [...rows, `… and ${rest} bytes more`].join("\n") : rows.join("\n");
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

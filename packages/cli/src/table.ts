/** Columns that line up, also where a character is two cells wide or none. Pure. */

import stringWidth from "string-width";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

const GAP = "  ";

/** One line per row, the titles first; no spaces at the ends of lines. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) =>
    Math.max(...all.map((row) => stringWidth(row[index] ?? ""))),
  );
  return all.map((row) =>
    columns
      .map(({ align }, index) => padded(row[index] ?? "", { width: widths[index] ?? 0, align }))
      .join(GAP)
      .trimEnd(),
  );
}

function padded(
  text: string,
  { width, align = "left" }: { readonly width: number; readonly align?: Column["align"] },
): string {
  const space = " ".repeat(width - stringWidth(text));
  return align === "left" ? text + space : space + text;
}

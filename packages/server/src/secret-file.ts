/**
 * What a setting names instead of holding: the content of a file, as containers are given secrets.
 */

import { readFileSync } from "node:fs";
import { z } from "zod";

export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** The content, without the line's end that editors leave; it is never part of a complaint. */
export function fileOf(content: z.ZodType<string>) {
  return z.string().transform((path, issues) => {
    let text: string;
    try {
      text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    } catch {
      issues.addIssue("cannot be read");
      return z.NEVER;
    }
    const checked = content.safeParse(text);
    if (checked.success) return checked.data;
    issues.addIssue(checked.error.issues.map(({ message }) => message).join("; "));
    return z.NEVER;
  });
}

/** The dashboard's pages and files. */

import { z } from "zod";
import { PAGE_PATHS, PAGE_TYPES } from "../page-routes.js";
import { header } from "./headers.js";
import type { Operation } from "./operation.js";

const FILE_ETAG = header("ETag", "Of the file, in quotes.", { pattern: '^"[\\w-]{22}"$' });

const { ".html": HTML, ...PARTS } = PAGE_TYPES;

export function pages(): Operation[] {
  return [...PAGE_PATHS.map(page), file()];
}

function page(path: string): Operation {
  return {
    method: "get",
    path,
    tag: "pages",
    summary: `The dashboard, as it shows itself at ${path}`,
    description: "404: it is not built.",
    answers: answersOf([HTML]),
    problems: ["not_found"],
  };
}

function file(): Operation {
  return {
    method: "get",
    path: "/assets/{file}",
    tag: "pages",
    summary: "What the dashboard is made of",
    request: { params: z.object({ file: z.string().describe("As the page names it.") }) },
    answers: answersOf(Object.values(PARTS)),
    problems: ["not_found"],
  };
}

function answersOf(types: readonly string[]): Operation["answers"] {
  const content = Object.fromEntries(types.map((type) => [type, { schema: z.string() }]));
  return {
    200: { description: "The file, compressed where that is taken.", content, headers: FILE_ETAG },
    304: { description: "It is still the one of `If-None-Match`.", headers: FILE_ETAG },
  };
}

/** This document, and the pages that show it. */

import { z } from "zod";
import { COUNTED, type Operation } from "./operation.js";

const page = (type: string) => ({ [type]: { schema: z.string() } });

export function documents(): Operation[] {
  return [
    {
      method: "get",
      path: "/openapi.json",
      tag: "documents",
      summary: "This document",
      answers: {
        200: {
          description: "OpenAPI 3.1.",
          content: {
            "application/json": {
              schema: z.looseObject({ openapi: z.literal("3.1.1") }).meta({ id: "OpenApi" }),
            },
          },
        },
      },
      problems: COUNTED,
    },
    {
      method: "get",
      path: "/docs",
      tag: "documents",
      summary: "Its pages",
      description: "Everything that they need comes from this node.",
      answers: { 200: { description: "A page.", content: page("text/html; charset=utf-8") } },
      problems: COUNTED,
    },
    {
      method: "get",
      path: "/docs/{asset}",
      tag: "documents",
      summary: "What the pages are made of",
      request: { params: z.object({ asset: z.string().describe("As the page names it.") }) },
      answers: {
        200: {
          description: "A script, a style sheet or a picture.",
          content: {
            ...page("text/javascript; charset=utf-8"),
            ...page("text/css; charset=utf-8"),
            ...page("image/png"),
          },
        },
      },
      problems: [...COUNTED, "not_found"],
    },
  ];
}

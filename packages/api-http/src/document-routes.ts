/**
 * The OpenAPI document and the pages that show it. Everything comes from this node: the pages name
 * no other origin, and their policy lets a browser ask none.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NotFound } from "@ringkv/core";
import type { Request, Response } from "express";
import getAbsoluteFSPath from "swagger-ui-dist/absolute-path.js";
import type { Action, InFlight } from "./in-flight.js";
import type { DocumentOptions } from "./openapi/document.js";
import type { OptionsReader } from "./options.js";
import { queryOf } from "./request-target.js";
import { sendText } from "./respond.js";
import type { Routes } from "./routes.js";

export interface DocumentDeps extends DocumentOptions {
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
}

/**
 * Only what this node serves, and no script that stands in a page. Pictures in the style sheet are
 * `data:`; "Try it out" asks this node.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(";");

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ringkv: HTTP interface</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** No validator: it would send the document to its makers. */
const START = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  validatorUrl: null,
});
`;

/** The files that the page needs, and no others of that package. */
const TYPES: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

export function mountDocuments(routes: Routes, deps: DocumentDeps): void {
  const { inFlight } = deps;
  /** Made, with all that it takes, when somebody asks for it: most nodes are never asked. */
  let text: Promise<string> | null = null;
  const document: Action = async (request, response) => {
    refuseParameters(deps, request);
    text ??= documentOf(deps);
    sendText(request, response, { ...OK, contentType: "application/json", body: await text });
  };
  routes.mount("/openapi.json", { get: inFlight.admit(document) });
  routes.mount("/docs", {
    get: inFlight.admit((request, response) => answerPage(deps, request, response)),
  });
  routes.mount("/docs/:asset", {
    get: inFlight.admit((request, response) => answerAsset(deps, request, response)),
  });
}

async function documentOf(options: DocumentOptions): Promise<string> {
  const { openApiDocument } = await import("./openapi/document.js");
  return JSON.stringify(openApiDocument(options));
}

const OK = { status: 200, headers: [] } as const;

async function answerPage(deps: DocumentDeps, request: Request, response: Response) {
  refuseParameters(deps, request);
  sendText(request, response, {
    status: 200,
    headers: ["Content-Security-Policy", PAGE_POLICY],
    contentType: "text/html; charset=utf-8",
    body: PAGE,
  });
}

async function answerAsset(deps: DocumentDeps, request: Request, response: Response) {
  refuseParameters(deps, request);
  const name = String(request.params["asset"]);
  if (name === "start.js") {
    const contentType = "text/javascript; charset=utf-8";
    sendText(request, response, { ...OK, contentType, body: START });
    return;
  }
  const contentType = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (contentType === undefined) throw new NotFound("the pages have no such part");
  const body = await readFile(join(getAbsoluteFSPath(), name));
  sendText(request, response, { ...OK, contentType, body });
}

function refuseParameters({ options }: DocumentDeps, request: Request): void {
  options.read(queryOf(request.url), []);
}

/**
 * The dashboard's built files, at `/` and `/app/tasks`. They are few and small, so they are read
 * once, compressed once, and answered from memory; a path never becomes a file name.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { NotFound } from "@ringkv/core";
import type { Request, RequestHandler, Response } from "express";
import { requestIdOf } from "./request-id.js";
import type { Routes } from "./routes.js";

export interface PageDeps {
  /** Where the build put its files. */
  readonly folder: string;
  /** Whom else the page may ask: the members' origins. */
  readonly origins: ReadonlySet<string>;
}

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

const PAGE = "index.html";
/** Every address at which the page shows itself; what it shows there is its own business. */
export const PAGE_PATHS = ["/", "/app/tasks", "/app/keys", "/app/drills"] as const;

export const PAGE_TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
} as const;

const TYPES: Readonly<Record<string, string>> = PAGE_TYPES;

export function mountPages(routes: Routes, { folder, origins }: PageDeps): void {
  const assets = assetsIn(folder);
  const page = assets.get(PAGE);
  assets.delete(PAGE);
  const policy = policyOf(origins);
  const servePage: RequestHandler = (request, response) => {
    if (page === undefined) throw new NotFound("the dashboard is not built: npm run build");
    sendAsset(request, response, { asset: page, policy });
  };
  for (const at of PAGE_PATHS) routes.mount(at, { get: servePage });
  routes.mount("/assets/:file", {
    get: (request, response) => {
      const asset = assets.get(String(request.params["file"]));
      if (asset === undefined) throw new NotFound("the dashboard has no such file");
      sendAsset(request, response, { asset, policy });
    },
  });
}

/** No folder: nothing was built, and the page's address says so. */
function assetsIn(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of namesIn(folder)) {
    const type = TYPES[path.extname(name)];
    if (type === undefined) continue;
    const plain = readFileSync(path.join(folder, name));
    const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
    assets.set(name, { type, etag, plain, gzip: gzipSync(plain, { level: 9 }) });
  }
  return assets;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Nothing from anywhere else, nothing inline, and nobody may put the page into a frame. */
function policyOf(origins: ReadonlySet<string>): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...origins].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function sendAsset(
  request: Request,
  response: Response,
  { asset, policy }: { readonly asset: Asset; readonly policy: string },
): void {
  const { type, etag, plain, gzip } = asset;
  const head = ["ETag", etag, "Cache-Control", "no-cache", "Vary", "Accept-Encoding"];
  head.push("Content-Security-Policy", policy, "X-Content-Type-Options", "nosniff");
  head.push("Referrer-Policy", "no-referrer", "X-Request-Id", requestIdOf(request));
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, head).end();
    return;
  }
  const takesGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const body = takesGzip ? gzip : plain;
  if (takesGzip) head.push("Content-Encoding", "gzip");
  head.push("Content-Type", type, "Content-Length", String(body.length));
  response.writeHead(200, head).end(body);
}

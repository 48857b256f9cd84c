/**
 * A browser that looks at the nodes' pages, and remembers what it should not have seen: errors in
 * the console, requests to anybody but the members.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { findProgram } from "../../scripts/launcher/redis-choice.mjs";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];
/** What a browser logs about a node that is gone, a refusal, or a key that is not there. */
const UNREACHED =
  /Failed to load resource: (net::ERR_|the server responded with a status of (404|503))/;

export async function openBrowser(): Promise<Browser> {
  const executablePath = PROGRAMS.map((name) => findProgram(name, process.env)).find(Boolean);
  if (executablePath === undefined) throw new Error(`none of ${PROGRAMS.join(", ")} is installed`);
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

export interface PageOptions {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

export class Looker {
  readonly page: Page;
  /** Lines of the console and exceptions, without answers that the page handles. */
  readonly errors: string[] = [];
  readonly origins = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(20_000);
    page.on("console", (line) => {
      const isError = line.type() === "error" && !UNREACHED.test(line.text());
      if (isError) this.errors.push(line.text());
    });
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("request", (request) => this.origins.add(new URL(request.url()).origin));
  }

  static async open(browser: Browser, url: string, options: PageOptions = {}): Promise<Looker> {
    const { scheme = "light", width = 1_280, height = 900 } = options;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
    const looker = new Looker(page);
    await page.goto(url);
    return looker;
  }

  /** The sentence at the top. */
  async sentence(): Promise<string> {
    return (await this.page.locator(".verdict h1").textContent()) ?? "";
  }

  async untilLevel(level: string, timeout: number): Promise<void> {
    await this.page.locator(`.ring[data-level="${level}"]`).waitFor({ timeout });
  }

  /** Clicks a link of the navigation. */
  async go(name: string): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name }).click();
  }

  /** What axe finds that shuts somebody out. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate<Violation[]>(
      "axe.run(document, { resultTypes: ['violations'] }).then((it) => it.violations)",
    );
    return found
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

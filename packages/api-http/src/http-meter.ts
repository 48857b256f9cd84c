/**
 * Counts and times every request of the API, by route, method and status; never by key. It looks at
 * a request when it comes and when its answer is complete, and at nothing between.
 *
 * It is on the path of every request: there it allocates nothing and builds no string. A request
 * whose client went away, and what is no HTTP at all, is not counted.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, Histogram } from "@ringkv/engine";
import type { Express, Response } from "express";
import { KV_PATH } from "./kv-path-routes.js";

/** Methods that some route has. The parser knows thirty others, which are one here. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"]);

export interface HttpSeries {
  /** As the OpenAPI document writes it; `none`: no route took the request. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly histogram: Histogram;
}

/** What Express calls for each request, whoever made the server. */
interface Handling {
  handle: (request: IncomingMessage, response: ServerResponse, next?: unknown) => void;
}

/** What every answer ends with. */
interface Ending {
  end: (this: Response, chunk?: unknown, encoding?: unknown) => Response;
}

/** When a request came, in the place that Express has for what belongs to one. */
interface Begun {
  /** Null once the request is counted; absent when it was refused before Express had it. */
  locals?: { startedAtMs: number | null };
}

interface Mounted {
  readonly path: string | RegExp;
}

type Path = Mounted["path"] | undefined;
type ByStatus = Map<number, Histogram>;

export class HttpMeter {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #series: HttpSeries[] = [];
  /** The same, to be found quickly: by the path with which a route was mounted, and by method. */
  readonly #byRoute = new Map<Path, Map<string, ByStatus>>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** One for each combination that has occurred. */
  get series(): readonly HttpSeries[] {
    return this.#series;
  }

  /**
   * To be called once, before a server is made. Not a middleware, whose layer would cost more than
   * the measuring; nor does it listen for the end of an answer, which is when `end` is called.
   */
  watch(app: Express): void {
    const clock = this.#clock;
    const handling = app as unknown as Handling;
    const { handle } = handling;
    handling.handle = (request, response: ServerResponse & Begun, next) => {
      // Express would put an empty object here, which costs more than this one.
      response.locals = { startedAtMs: clock.monotonicMs() };
      handle.call(app, request, response, next);
    };
    const record = (response: Response) => this.#record(response);
    const ending = app.response as unknown as Ending;
    const { end } = ending;
    ending.end = function (this: Response, chunk?: unknown, encoding?: unknown) {
      const ended = end.call(this, chunk, encoding);
      record(this);
      return ended;
    };
  }

  /**
   * For an answer that goes on for as long as its client likes: it is counted now, with the time
   * until its beginning, and not when it ends.
   */
  countBegun(response: Response): void {
    this.#record(response);
    response.locals = { startedAtMs: null };
  }

  #record(response: Response): void {
    const { statusCode, req, locals } = response;
    const startedAtMs = (locals as Begun["locals"])?.startedAtMs ?? null;
    if (startedAtMs === null) return;
    const path = (req.route as Mounted | undefined)?.path;
    const histogram =
      this.#byRoute.get(path)?.get(req.method)?.get(statusCode) ??
      this.#open(path, req.method, statusCode);
    histogram.observe(this.#clock.monotonicMs() - startedAtMs);
  }

  #open(path: Path, name: string, status: number): Histogram {
    const route = routeOf(path);
    const method = METHODS.has(name) ? name : "other";
    const known = this.#series.find((it) => {
      return it.route === route && it.method === method && it.status === status;
    });
    const histogram = known?.histogram ?? new Histogram();
    if (known === undefined) this.#series.push({ route, method, status, histogram });
    const byMethod = this.#byRoute.get(path) ?? new Map<string, ByStatus>();
    const byStatus = byMethod.get(name) ?? new Map<number, Histogram>();
    this.#byRoute.set(path, byMethod.set(name, byStatus.set(status, histogram)));
    return histogram;
  }
}

function routeOf(path: Path): string {
  if (path === undefined) return "none";
  if (path === KV_PATH) return "/kv/{key}";
  return String(path).replaceAll(/:(\w+)/g, "{$1}");
}

/**
 * Whether an answer of the HTTP interface is one that its OpenAPI document describes: status,
 * content type, headers and body.
 *
 * The document leaves answers open, so that clients bear with fields that come later. Here they are
 * closed: a field that is sent and not described is a mistake of the description.
 */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** One request and what came back. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

interface Described {
  readonly schema?: object;
  readonly required?: boolean;
}

interface DescribedAnswer {
  readonly headers?: Readonly<Record<string, Described>>;
  readonly content?: Readonly<Record<string, Described>>;
}

interface DescribedOperation {
  readonly responses: Readonly<Record<string, DescribedAnswer>>;
}

type Methods = Readonly<Record<string, DescribedOperation>>;

export interface OpenApi {
  readonly paths?: object;
  readonly components?: { readonly schemas?: object; readonly responses?: object };
}

/** Headers that say something about the request: none of them comes where it is not described. */
const TELLING = [
  "accept-encoding",
  "accept-post",
  "allow",
  "content-range",
  "etag",
  "kv-expires-at",
  "last-modified",
  "location",
  "retry-after",
  "x-request-id",
];

/** What a request that is nowhere described may be told, beside those that any request may be. */
const ELSEWHERE = { path: "not_found", method: "method_not_allowed" } as const;
const ANYWHERE = [
  "invalid_request",
  "request_timeout",
  "uri_too_long",
  "headers_too_large",
  "internal",
  "unauthenticated",
  "overloaded",
];

export class Conformance {
  readonly #paths: readonly (readonly [pattern: RegExp, methods: Methods])[];
  readonly #schemas: object;
  readonly #shared: Readonly<Record<string, DescribedAnswer>>;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #compiled = new Map<object, ValidateFunction>();

  constructor(document: OpenApi) {
    const { paths = {}, components = {} } = closed(document) as OpenApi;
    this.#schemas = components.schemas ?? {};
    this.#shared = { ...components.responses };
    // A path without parameters is meant before one with them.
    this.#paths = Object.entries(paths as Record<string, Methods>)
      .toSorted(([a], [b]) => Number(a.includes("{")) - Number(b.includes("{")))
      .map(([path, methods]) => [patternOf(path), methods]);
  }

  /** What does not fit, in words; nothing when the answer is as described. */
  problemsOf(exchange: Exchange): string[] {
    const { method, target, status } = exchange;
    const what = (problem: string) => `${method} ${target}: ${status}: ${problem}`;
    return this.#problemsOf(exchange).map(what);
  }

  #problemsOf(exchange: Exchange): string[] {
    const { method, target, status } = exchange;
    const described = this.#describedAt(target);
    if (described.length === 0) return this.#elsewhere(exchange, ELSEWHERE.path);
    const operation =
      operationOf(described, method) ?? (method === "HEAD" ? operationOf(described, "GET") : null);
    if (operation === null) return this.#elsewhere(exchange, ELSEWHERE.method);
    const answer = this.#shareOf(operation.responses[String(status)]);
    if (answer === undefined) return [`no such status is described: ${exchange.body}`];
    return [...this.#headerProblems(exchange, answer), ...this.#bodyProblems(exchange, answer)];
  }

  /** The answer itself, where it is described once for many. */
  #shareOf(answer: (DescribedAnswer & { readonly $ref?: string }) | undefined) {
    const name = answer?.$ref?.split("/").at(-1);
    return name === undefined ? answer : this.#shared[name];
  }

  /** Best first: what one path does not describe, a wider one may. */
  #describedAt(target: string): Methods[] {
    const path = decoded(target.split("?", 1)[0] ?? "");
    const at = (it: string) =>
      this.#paths.filter(([pattern]) => pattern.test(it)).map(([, methods]) => methods);
    const found = at(path);
    return found.length === 0 && path.endsWith("/") ? at(path.slice(0, -1)) : found;
  }

  /** A path or a method that is not described is refused in the form of all refusals. */
  #elsewhere(exchange: Exchange, expected: string): string[] {
    const schema = { $ref: "#/components/schemas/Problem" };
    const content = { "application/problem+json": { schema } };
    const allow = { required: expected === ELSEWHERE.method };
    const headers = { "X-Request-Id": { required: true }, Allow: allow };
    const problems = this.#bodyProblems(exchange, { content });
    if (problems.length > 0 || exchange.method === "HEAD") return problems;
    const { code } = JSON.parse(exchange.body) as { code: string };
    if (ANYWHERE.includes(code)) return [];
    if (code === expected) return this.#headerProblems(exchange, { headers });
    return [`neither described nor refused as ${expected}, but as ${code}`];
  }

  #headerProblems({ headers }: Exchange, answer: DescribedAnswer): string[] {
    const described = Object.entries(answer.headers ?? {});
    const problems = described.flatMap(([name, { required, schema }]) => {
      const value = headers[name.toLowerCase()];
      if (value === undefined) return required ? [`header missing: ${name}`] : [];
      const isNumber = (schema as { type?: string } | undefined)?.type === "integer";
      return this.#misfits(schema ?? {}, isNumber ? Number(value) : value, `header ${name}`);
    });
    const names = described.map(([name]) => name.toLowerCase());
    const odd = TELLING.filter((name) => headers[name] !== undefined && !names.includes(name));
    return [...problems, ...odd.map((name) => `header not described: ${name}`)];
  }

  #bodyProblems({ method, headers, body }: Exchange, { content }: DescribedAnswer): string[] {
    const type = headers["content-type"];
    if (content === undefined) return body === "" ? [] : [`a body is not described: ${body}`];
    const media = content[String(type)] ?? content["*/*"];
    if (media === undefined) return [`content type not described: ${String(type)}`];
    if (method === "HEAD") return body === "" ? [] : ["a body, to HEAD"];
    const isJson = /^application\/(\w+\+)?json$/.test(String(type));
    if (content[String(type)] === undefined || !isJson) {
      return this.#misfits(media.schema ?? {}, body, "body");
    }
    return this.#misfits(media.schema ?? {}, JSON.parse(body), `body ${body}`);
  }

  #misfits(schema: object, value: unknown, what: string): string[] {
    let validate = this.#compiled.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile({ ...schema, components: { schemas: this.#schemas } });
      this.#compiled.set(schema, validate);
    }
    if (validate(value)) return [];
    return [`${what}: ${this.#ajv.errorsText(validate.errors, { separator: "; " })}`];
  }
}

/** What no server can decode stands for itself. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function operationOf(described: readonly Methods[], method: string): DescribedOperation | null {
  const name = method.toLowerCase();
  return described.find((methods) => name in methods)?.[name] ?? null;
}

/** A parameter at the end takes the rest of the path: a key may hold slashes. */
function patternOf(path: string): RegExp {
  const literal = path.replace(/\{\w+\}|[.*+?^$()|[\]\\]/g, (it) =>
    it.startsWith("{") ? "[^]+" : `\\${it}`,
  );
  return new RegExp(`^${literal}$`);
}

/** The same schemas, but nothing may be there that they do not name. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, closed(value)]),
  );
  const isOpen = copy["type"] === "object" && "properties" in copy;
  return isOpen ? { additionalProperties: false, ...copy } : copy;
}

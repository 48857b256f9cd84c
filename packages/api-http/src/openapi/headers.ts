/** The headers of answers that mean something to a client. */

/** Not an interface: those have no implicit index signature, which the library's types want. */
type Described = {
  description: string;
  required: boolean;
  schema: { type: "string" | "integer"; pattern?: string; minimum?: number };
};

export type Headers = Record<string, Described>;

interface Shape {
  readonly pattern?: string;
  readonly type?: "string" | "integer";
  readonly minimum?: number;
}

/** One header, to be spread into others. */
export function header(
  name: string,
  description: string,
  ...[shape = {}, required = true]: readonly [shape?: Shape, required?: boolean]
): Headers {
  return { [name]: { description, required, schema: { type: "string", ...shape } } };
}

export const REQUEST_ID = header(
  "X-Request-Id",
  "The request's own if it was 1 to 64 letters, digits, `.`, `-` or `_`; else a new one.",
  { pattern: "^[\\w.-]{1,64}$" },
);

export const RETRY_AFTER = header(
  "Retry-After",
  "Seconds.",
  { type: "integer", minimum: 0 },
  false,
);

export const ALLOW = header("Allow", "The methods of this path.");

export const ETAG = header("ETag", "The version, in quotes.", { pattern: '^"[0-9a-f]{20}"$' });

export const LOCATION = header(
  "Location",
  "Where the value is found, relative; `/kv?key=` for the keys `.` and `..`, which clients " +
    "resolve away in a path.",
  { pattern: "^/kv[/?]" },
);

export const EXPIRES_AT = header(
  "KV-Expires-At",
  "Milliseconds since the Unix epoch, where the value expires.",
  { type: "integer", minimum: 0 },
  false,
);

export const LAST_MODIFIED = header("Last-Modified", "When the version was stamped.", {
  pattern: "GMT$",
});

export const CONTENT_RANGE = header("Content-Range", "Which bytes these are, and of how many.", {
  pattern: "^bytes \\d+-\\d+/\\d+$",
});

/** A header that is there only sometimes. */
export function optional(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, it]) => [name, { ...it, required: false }]),
  );
}

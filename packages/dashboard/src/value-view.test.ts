import { keyProblem, pathOfKey } from "./key-path.js";
import { bestForm, hexOf, jsonOf, shownAs, textOf } from "./value-view.js";

const bytes = (text: string) => new TextEncoder().encode(text);

it.each([
  { value: bytes('{"a":1}'), type: "application/json", form: "json" },
  { value: bytes("not json"), type: "application/json", form: "text" },
  { value: bytes("[1]"), type: "text/plain", form: "text" },
  { value: bytes("<script>alert(1)</script>"), type: "text/html", form: "text" },
  { value: new Uint8Array([0xff, 0xfe]), type: "text/plain", form: "hex" },
  { value: new Uint8Array(0), type: "", form: "text" },
])("shows $type as $form", ({ value, type, form }) => {
  expect(bestForm(value, type)).toBe(form);
  expect(shownAs(value, form as "json")).not.toBeNull();
});

it("indents JSON, and leaves alone what JavaScript would alter", () => {
  expect(jsonOf('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(jsonOf('{"a":9007199254740993}')).toBe('{"a":9007199254740993}');
  expect(jsonOf('{"a":1e400}')).toBe('{"a":1e400}');
  expect(jsonOf("{")).toBeNull();
});

it("shows bytes with their places, and not more than anybody reads", () => {
  expect(hexOf(bytes("A\u0000ringkv"))).toBe(
    `000000  41 00 72 69 6e 67 6b 76${" ".repeat(26)}A·ringkv`,
  );
  expect(hexOf(new Uint8Array(16 * 1_024 + 5))).toMatch(/\n… and 5 bytes more$/);
});

it("is text only if it is UTF-8, byte order mark included", () => {
  expect(textOf(bytes("\ufeffx"))).toBe("\ufeffx");
  expect(textOf(new Uint8Array([0xc0]))).toBeNull();
});

it.each([
  { key: "user:7", path: "/kv/user%3A7" },
  { key: "a/b ü?#", path: "/kv/a%2Fb%20%C3%BC%3F%23" },
  { key: ".", path: "/kv?key=." },
  { key: "..", path: "/kv?key=.." },
])("finds $key at $path", ({ key, path }) => {
  expect(pathOfKey(key)).toBe(path);
});

it.each([
  { key: "", problem: /at least one/ },
  { key: "\ud800", problem: /Half/ },
  { key: "ü".repeat(513), problem: /1,024/ },
])("refuses $key", ({ key, problem }) => {
  expect(keyProblem(key)).toMatch(problem);
  expect(keyProblem("ü".repeat(512))).toBeNull();
});

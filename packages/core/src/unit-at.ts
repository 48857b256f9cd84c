/**
 * The UTF-16 unit at an index, for loops over whole texts. It decides nothing, and it checks no
 * index.
 *
 * On a running node `text.charCodeAt` is looked up again for each unit, since V8 keeps strings in
 * many shapes (flat, cut out, joined, from a parser) and a lookup is remembered by shape. The
 * function itself, taken out once, takes any shape.
 */

// oxlint-disable-next-line typescript/unbound-method -- it is told its text below.
const { charCodeAt } = String.prototype;

export function unitAt(text: string, index: number): number {
  return charCodeAt.call(text, index);
}

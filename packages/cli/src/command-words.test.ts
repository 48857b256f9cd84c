import { restBehind, wordsIn } from "./command-words.js";

it.each([
  ["put a 123", ["put", "a", "123"]],
  ["  get   a\t", ["get", "a"]],
  ["", []],
  ['get "a b"', ["get", "a b"]],
  ["get 'a\"b'", ["get", 'a"b']],
  ['get "a\\"b\\\\"', ["get", 'a"b\\']],
  ["get a\\ b", ["get", "a b"]],
  ["get ''", ["get", ""]],
  ['get a"b c"d', ["get", "ab cd"]],
  ["get é🔑", ["get", "é🔑"]],
])("%j is the words %j", (line, words) => {
  expect(wordsIn(line)).toEqual(words);
});

it.each(['get "a', "get 'a"])("%j is not closed", (line) => {
  expect(() => wordsIn(line)).toThrow(/not closed/);
});

it.each([
  ["put a  1  2 ", 2, "1  2 "],
  ['put "a b" {"x": 1}', 2, '{"x": 1}'],
  ["put a", 2, ""],
  ["put", 2, ""],
  ["put a\\ b c", 2, "c"],
])("behind the words of %j, %i of them, is %j", (line, count, rest) => {
  expect(restBehind(line, count)).toBe(rest);
});

/** The words of an election; what the others mean is tested where they are used. */

import type { Partition, VoteRequest } from "@ringkv/core";
import { beatFrom, NODE1, NODE2 } from "../test-support/link-fakes.js";
import {
  decodeBeat,
  decodeVoteAnswer,
  decodeVoteRequest,
  encodeBeat,
  encodeVoteAnswer,
  encodeVoteRequest,
  Malformed,
} from "./wire.js";

const bytes = (parts: readonly string[]) => parts.map((part) => Buffer.from(part));

it.each([
  beatFrom(NODE1),
  beatFrom(NODE1, { term: 1, leader: NODE1 }),
  beatFrom(NODE1, { owes: new Map([[NODE2, new Set([0, 7, 1_023] as Partition[])]]) }),
  beatFrom(NODE1, { term: 2 ** 48 - 1, state: "recovering" }),
])("a beat comes out as it went in", (beat) => {
  expect(decodeBeat(bytes(encodeBeat(beat)), NODE1)).toEqual(beat);
});

it.each([true, false])("so do a vote's request and answer", (flag) => {
  const request: VoteRequest = { term: 12, candidate: NODE1, isPreVote: flag };
  expect(decodeVoteRequest(bytes(encodeVoteRequest(request)), NODE1)).toEqual(request);
  const answer = { term: 13, granted: flag };
  expect(decodeVoteAnswer(bytes(encodeVoteAnswer(answer)))).toEqual(answer);
});

it.each([
  { parts: [], why: "nothing" },
  { parts: ["1"], why: "no verdict" },
  { parts: ["1", "yes"], why: "another word for it" },
  { parts: ["-1", "1"], why: "a negative term" },
  { parts: ["281474976710656", "1"], why: "a term beyond all" },
  { parts: ["1", "1", "1"], why: "more than was asked for" },
])("$why is no answer to a request for a vote", ({ parts }) => {
  expect(() => decodeVoteAnswer(bytes(parts))).toThrow(Malformed);
});

it("nobody asks for votes for another, nor claims for another", () => {
  const request = { term: 1, candidate: NODE2, isPreVote: false };
  expect(() => decodeVoteRequest(bytes(encodeVoteRequest(request)), NODE1)).toThrow(Malformed);
  const beat = beatFrom(NODE1, { term: 1, leader: NODE2 });
  expect(() => decodeBeat(bytes(encodeBeat(beat)), NODE1)).toThrow(Malformed);
});

/**
 * An operator's question to a member, and its answer: JSON, because both are for people in the end,
 * are rare, and grow with what there is to tell. Decoding throws nothing but `Malformed`.
 */

import { type Inquiry, type InquiryAnswer, isInquiry } from "@ringkv/engine";
import { expectCount, Malformed } from "./wire.js";

export function encodeInquiry(inquiry: Inquiry): Buffer {
  return Buffer.from(JSON.stringify(inquiry));
}

export function decodeInquiry(args: readonly Buffer[]): Inquiry {
  expectCount(args, 1);
  const inquiry = parsed(args[0] as Buffer);
  if (!isInquiry(inquiry)) throw new Malformed("inquiry");
  return inquiry;
}

export function encodeInquiryAnswer(answer: InquiryAnswer): Buffer {
  return Buffer.from(JSON.stringify(answer));
}

/** The peer has proved itself, and its answer decides nothing here: its form is looked at only. */
export function decodeInquiryAnswer(payload: Buffer): InquiryAnswer {
  const answer = parsed(payload);
  if (typeof answer !== "object" || answer === null) throw new Malformed("answer");
  const isStatus = "node" in answer && "state" in answer && "traffic" in answer;
  if (!isStatus && !("isDone" in answer)) throw new Malformed("answer");
  return answer as InquiryAnswer;
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    throw new Malformed("JSON");
  }
}

/** Failures, receipts, numbers and times in the words that people read. Pure. */

import type { Receipt, RingkvError } from "@ringkv/client";
import { printable } from "./printable.js";

/** What happened, what it means for the data, and where to look further. */
export function failureText(failure: RingkvError): string {
  const { message, code, requestId, node, outcome } = failure;
  const where = requestId === null ? "" : ` (request ${requestId} at ${node})`;
  const meaning = outcome === "unknown" ? "\n  It may have been stored, or may be later. " : "";
  const advice = meaning === "" ? "" : "Read the key, or write again with --retry-unknown.";
  return `${printable(message)} [${code}]${where}${meaning}${advice}`;
}

export function receiptText(verb: string, receipt: Receipt): string {
  const { key, version, stored, standIns, expiresAt, answeredBy } = receipt;
  const standing = standIns.length === 0 ? "" : `, ${standIns.join(", ")} standing in`;
  const expiry = expiresAt === undefined ? "" : ` until ${timeText(expiresAt)}`;
  return (
    `${verb} ${printable(key)}${expiry} on ${stored.join(", ")}${standing}` +
    `  version ${version}  by ${answeredBy}`
  );
}

export function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function countText(count: number): string {
  return Math.round(count).toLocaleString("en");
}

export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 60 / 24)} d ${Math.floor(minutes / 60) % 24} h`;
}

export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

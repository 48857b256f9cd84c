/**
 * What a mail says: subject, plain text and HTML for each kind of message. Pure. Keys and values
 * are users' text, and are shown as such and nothing else; see printable.ts.
 */

import type { AlertsMessage, Message, WriteEvent, WritesMessage } from "@ringkv/engine";
import { escapedHtml, printable } from "./printable.js";

export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECT_KEY_MAX = 60;
const KEY_MAX = 300;
const VALUE_MAX = 200;

export function mailFor(message: Message): MailText {
  if (message.kind === "writes") return writesMail(message);
  if (message.kind === "alerts") return alertsMail(message);
  const line = `Test message of cluster ${message.cluster}, sent by ${message.sender}. It arrived.`;
  return laidOut({ subject: subjectOf(message, "test message"), lead: line, rows: [], notes: [] });
}

interface Layout {
  readonly subject: string;
  readonly lead: string;
  /** Cells of a table; the plain text has them on one line. */
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

function writesMail(message: WritesMessage): MailText {
  const { count, events, byCoordinator, sender } = message;
  const [first] = events;
  const isOne = count === 1 && first !== undefined;
  const what = isOne ? `${printable(first.key, SUBJECT_KEY_MAX)} ${first.kind}` : `${count} writes`;
  const by = Object.entries(byCoordinator).map(([node, writes]) => `${node}: ${writes}`);
  const unlisted = count - events.length;
  const notes = [`Coordinated by ${by.join(", ")}. Sent by ${sender}.`];
  if (unlisted > 0) notes.unshift(`${unlisted} more are not listed.`);
  return laidOut({
    subject: subjectOf(message, what),
    lead: isOne ? "One key was written:" : `${count} writes, the first ${events.length} of them:`,
    rows: events.map(rowOf),
    notes,
  });
}

function rowOf({ key, kind, atMs, coordinator, id, value }: WriteEvent): string[] {
  const row = [timeOf(atMs), kind, printable(key, KEY_MAX), `by ${coordinator}`, id];
  if (value === undefined) return row;
  const text = Buffer.from(value.base64, "base64").toString("utf8");
  return [...row, `= ${printable(text, VALUE_MAX)}`];
}

function alertsMail(message: AlertsMessage): MailText {
  const { alerts, sender } = message;
  const [first] = alerts;
  const what = first === undefined ? "alert" : `${first.node} ${first.kind}`;
  const more = alerts.length > 1 ? ` and ${alerts.length - 1} more` : "";
  return laidOut({
    subject: subjectOf(message, `${what}${more}`),
    lead: "An operator should know:",
    rows: alerts.map(({ atMs, kind, node, detail }) => {
      return [timeOf(atMs), node, kind, printable(detail, KEY_MAX)];
    }),
    notes: [`Sent by ${sender}.`],
  });
}

function subjectOf({ cluster }: Message, what: string): string {
  return `[${printable(cluster, SUBJECT_KEY_MAX)}] ${what}`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

function laidOut({ subject, lead, rows, notes }: Layout): MailText {
  const lines = rows.map((cells) => `  ${cells.join("  ")}`);
  const text = [lead, "", ...lines, ...(lines.length > 0 ? [""] : []), ...notes].join("\n");
  const table = rows.map((cells) => {
    return `<tr>${cells.map((cell) => `<td>${escapedHtml(cell)}</td>`).join("")}</tr>`;
  });
  const html = [
    `<p>${escapedHtml(lead)}</p>`,
    ...(table.length > 0 ? [`<table cellpadding="4">${table.join("")}</table>`] : []),
    ...notes.map((note) => `<p>${escapedHtml(note)}</p>`),
  ].join("\n");
  return { subject, text: `${text}\n`, html: `${html}\n` };
}

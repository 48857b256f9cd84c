/**
 * A real SMTP server for the collection, and a page that says what it was sent: what a mailbox is
 * to a person. It takes every mail, sends none on, and keeps the newest.
 *
 * The page answers in the form of Mailpit's list of messages, as far as the collection reads it, so
 * that the same requests can be tried with that program, which docker-compose.yml offers.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import { SMTPServer } from "smtp-server";

/** @typedef {{Subject: string, Snippet: string}} ShownMail */
/** @typedef {{smtpPort: number, url: string, close: () => Promise<void>}} MailSink */

export const MESSAGES_PATH = "/api/v1/messages";
const MAILS_KEPT = 100;
const SNIPPET_CHARACTERS = 500;

/** @returns {Promise<MailSink>} */
export async function openMailSink() {
  /** @type {ShownMail[]} */
  const mails = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    closeTimeout: 100,
    onData: (stream, _session, callback) => {
      /** @type {Buffer[]} */
      const chunks = [];
      stream.on("data", (/** @type {Buffer} */ chunk) => chunks.push(chunk));
      stream.on("end", () => {
        mails.unshift(shown(Buffer.concat(chunks).toString("utf8")));
        mails.length = Math.min(mails.length, MAILS_KEPT);
        callback(null, "taken");
      });
    },
  });
  smtp.on("error", () => {}); // A node that breaks off is the node's failure.
  const page = createServer((request, response) => {
    const isKnown = request.method === "GET" && request.url === MESSAGES_PATH;
    response.writeHead(isKnown ? 200 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(isKnown ? { total: mails.length, messages: mails } : {}));
  });
  smtp.listen(0, "127.0.0.1");
  page.listen(0, "127.0.0.1");
  await Promise.all([once(smtp.server, "listening"), once(page, "listening")]);
  return {
    smtpPort: portOf(smtp.server),
    url: `http://127.0.0.1:${portOf(page)}`,
    close: async () => {
      page.closeAllConnections();
      page.close();
      await new Promise((resolve) => smtp.close(() => resolve(null)));
    },
  };
}

/** @param {import("node:net").Server} server */
function portOf(server) {
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/** The subject, and the beginning of the text. @param {string} raw @returns {ShownMail} */
function shown(raw) {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const unfolded = head.replaceAll(/\r\n[ \t]+/g, " ");
  const Subject = /^Subject: (.*)$/im.exec(unfolded)?.[1] ?? "";
  // The first part is the text, behind headers of its own and before a line of two dashes. An
  // equals sign begins a line's end, or a byte in hex.
  const [text = ""] = rest.slice(1).join("\r\n\r\n").split("\r\n--");
  const plain = text
    .replaceAll(/=\r\n/g, "")
    .replaceAll(/=[0-9A-F]{2}/g, (byte) => String.fromCharCode(Number.parseInt(byte.slice(1), 16)));
  return { Subject, Snippet: plain.replaceAll(/\s+/g, " ").trim().slice(0, SNIPPET_CHARACTERS) };
}

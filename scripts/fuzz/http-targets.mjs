/** What is tried on the HTTP port: bytes, JSON bodies, keys in URLs, and snapshots to restore. */

import { jsonBody, rawKey } from "./arbitraries.mjs";
import { connectionBytes } from "./http-requests.mjs";
import { complaintAbout, complaintAboutAll, isNotNow, receiptsIn } from "./oracles.mjs";
import { exchange, KeptConnection } from "./raw-socket.mjs";
import { snapshotBody } from "./snapshots.mjs";
import { trial } from "./target.mjs";

/** @typedef {import("./target.mjs").Target} Target */

/** @type {Target} */
export const http = {
  name: "http",
  what: "bytes on the HTTP port",
  where: "socket",
  share: 9,
  async open({ http: place, ledger }) {
    return trial({
      arbitrary: connectionBytes,
      async tryOut(bytes) {
        const received = await exchange(place, bytes);
        const text = received.toString("latin1");
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d)/g)].map(([, digit]) => digit);
        const isRefused = statuses.length === 1 && statuses[0] === "4";
        if (!isRefused) ledger.note(keysNamedIn(bytes));
        return complaintAboutAll(received);
      },
      close() {},
    });
  },
};

/** What a request may have written, whether or not its answer came. @param {Buffer} bytes */
function keysNamedIn(bytes) {
  const text = bytes.toString("utf8");
  const inPaths = [...text.matchAll(/\/kv\/([^ ?\r\n]*)/g)].map(([, raw = ""]) => decoded(raw));
  const inBodies = [...text.matchAll(/"key":\s*"([^"]*)"/g)].map(([, key = ""]) => key);
  return [...inPaths, ...inBodies];
}

/** @param {string} raw */
function decoded(raw) {
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

const JSON_ROUTES = ["POST /kv", "PUT /kv", "POST /kv/batch", "POST /tasks", "POST /set"];

/** @type {Target} */
export const json = {
  name: "json",
  what: "JSON bodies over HTTP",
  where: "socket",
  share: 8,
  async open({ http: place, ledger }) {
    const connection = new KeptConnection(place);
    let turn = 0;
    return trial({
      arbitrary: jsonBody,
      async tryOut(body) {
        const route = JSON_ROUTES[turn++ % JSON_ROUTES.length];
        const head = `${route} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json`;
        const answer = await connection.ask(head, body);
        if (answer === null) return "no answer";
        const { status } = answer;
        const text = answer.body.toString("utf8");
        ledger.note(receiptsIn(text));
        return complaintAbout({ status, body: text });
      },
      close: () => connection.close(),
    });
  },
};

/** @type {Target} */
export const keys = {
  name: "keys",
  what: "keys in URLs: written, and read under another spelling",
  where: "socket",
  share: 6,
  async open({ http: place, ledger }) {
    const connection = new KeptConnection(place);
    return trial({
      arbitrary: rawKey,
      async tryOut(raw) {
        const put = await connection.ask(`PUT /kv/${raw} HTTP/1.1\r\nHost: x`, Buffer.from("v"));
        if (put === null) return "no answer";
        const text = put.body.toString("utf8");
        const [key] = receiptsIn(text);
        if (key !== undefined) ledger.note([key]);
        const complaint = complaintAbout({ status: put.status, body: text });
        if (complaint !== "" || put.status >= 400) return complaint;
        const expected = keyMeantBy(raw);
        if (key !== expected) return `stored under ${JSON.stringify(key)}, not ${expected}`;
        const spelled = [...Buffer.from(expected)].map((byte) => `%${hex(byte)}`).join("");
        const get = await connection.ask(`GET /kv/${spelled} HTTP/1.1\r\nHost: x`);
        if (get === null) return "no answer to the read";
        if (get.status === 200 && get.body.toString() === "v") return "";
        const told = get.body.toString("utf8");
        return isNotNow(told) ? "" : `read as ${get.status}: ${told.slice(0, 200)}`;
      },
      close: () => connection.close(),
    });
  },
};

/** @param {string} raw */
function keyMeantBy(raw) {
  // The parser takes spaces behind a target for what divides it from the version.
  return decodeURIComponent(raw.split("?", 1)[0]?.replace(/ +$/, "") ?? "");
}

/** @param {number} byte */
function hex(byte) {
  return byte.toString(16).padStart(2, "0");
}

/** Restored keys begin with this. */
const RESTORED = "restored";

/** @type {Target} */
export const restore = {
  name: "restore",
  what: "snapshot files sent to POST /restore",
  where: "socket",
  share: 2,
  async open({ http: place, ledger }) {
    const connection = new KeptConnection(place);
    ledger.note(Array.from({ length: 10 }, (_, index) => `${RESTORED} ${index}`));
    return trial({
      arbitrary: snapshotBody(RESTORED),
      async tryOut({ form, bytes }) {
        if (bytes.length === 0) return ""; // Without a body it is another request.
        const type = form === "json" ? "application/json" : "application/x-ndjson";
        const query = bytes.length % 2 === 0 ? "?dryRun=1" : "";
        const head = `POST /restore${query} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}`;
        const answer = await connection.ask(head, bytes);
        if (answer === null) return "no answer";
        return complaintAbout({ status: answer.status, body: answer.body.toString("utf8") });
      },
      close: () => connection.close(),
    });
  },
};

/** The runner's mailbox shows what the nodes' own mailer sends, and the newest first. */

import type { Key, NodeId, Version } from "@ringkv/core";
import type { WritesMessage } from "@ringkv/engine";
import { SmtpMailer } from "@ringkv/mail-smtp";
import axios from "axios";
import { MESSAGES_PATH, openMailSink } from "../../scripts/postman/mail-sink.mjs";

const node = "node1" as NodeId;
const about = { cluster: "test", sender: node };
const event = {
  id: "01a222636f57000090b6" as Version,
  key: "email_test" as Key,
  kind: "created" as const,
  atMs: 0,
  coordinator: node,
};

it("shows subjects and texts", async () => {
  const sink = await openMailSink();
  try {
    const mailer = new SmtpMailer({
      host: "127.0.0.1",
      port: sink.smtpPort,
      credentials: null,
      secure: false,
      requireTls: false,
      rejectUnauthorized: false,
      from: "ringkv@example.org",
      to: ["you@example.org"],
    });
    const byCoordinator = { node1: 1 };
    const counts = { count: 1, events: [event], byCoordinator };
    const told: WritesMessage = { ...about, id: "1", kind: "writes", ...counts };
    await mailer.deliver(told);
    await mailer.deliver({ ...about, id: "2", kind: "test" });
    const { data } = await axios.get(`${sink.url}${MESSAGES_PATH}`);
    const [newest, older] = data.messages;
    expect(newest.Subject).toMatch(/^\[test\] .*test/);
    expect(older.Subject).toBe("[test] email_test created");
    expect(older.Snippet).toMatch(
      /^One key was written: .*email_test by node1 01a222636f57000090b6/,
    );
  } finally {
    await sink.close();
  }
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadConfig } from "./config.js";
import { isNotifying, smtpPasswordIn, webhookSecretIn } from "./notify-config.js";

const NODE = {
  NODE_ID: "node1",
  MEMBERS: "node1=127.0.0.1:7001,node2=127.0.0.1:7002",
  REDIS_URL: "redis://127.0.0.1:6379",
};
const MAIL = { SMTP_HOST: "mail", NOTIFY_FROM: "kv@example.org", NOTIFY_TO: "ops@example.org" };
const HOOK = { NOTIFY_WEBHOOKS: "https://example.org/hook" };

it.each`
  settings                                | expected | why
  ${{}}                                   | ${false} | ${"there is nobody to tell"}
  ${MAIL}                                 | ${true}  | ${"there is a mail server"}
  ${HOOK}                                 | ${true}  | ${"there is a webhook"}
  ${{ ...MAIL, NOTIFY_ENABLED: "false" }} | ${false} | ${"the operator says so"}
  ${{ NOTIFY_ENABLED: "true" }}           | ${false} | ${"to whom?"}
  ${{ ...MAIL, NOTIFY_ENABLED: "" }}      | ${true}  | ${"empty is not set"}
`("with $settings it notifies: $expected, $why", ({ settings, expected }) => {
  expect(isNotifying(loadConfig({ ...NODE, ...settings }))).toBe(expected);
});

it("takes several recipients, patterns and webhooks", () => {
  const config = loadConfig({
    ...NODE,
    ...MAIL,
    NOTIFY_TO: "a@example.org, b@example.org",
    NOTIFY_KEYS: "user:*,order:?",
    NOTIFY_WEBHOOKS: "https://a.example.org/,https://b.example.org/",
  });
  expect(config.NOTIFY_TO).toEqual(["a@example.org", "b@example.org"]);
  expect(config.NOTIFY_KEYS).toEqual(["user:*", "order:?"]);
  expect(config.NOTIFY_WEBHOOKS).toHaveLength(2);
});

it.each`
  settings                                                  | complaint                   | why
  ${{ SMTP_HOST: "mail", NOTIFY_TO: "a@b.org" }}            | ${"needs a sender"}         | ${"no sender"}
  ${{ SMTP_HOST: "mail", NOTIFY_FROM: "a@b.org" }}          | ${"needs somebody"}         | ${"no recipient"}
  ${{ ...MAIL, SMTP_HOST: "mail\r\nx" }}                    | ${"SMTP_HOST"}              | ${"a line too many"}
  ${{ ...MAIL, NOTIFY_TO: "a@b.c\r\nBcc: x@y.org" }}        | ${"plain address"}          | ${"a header more"}
  ${{ ...MAIL, NOTIFY_TO: '"<x@y>" <a@b.org>' }}            | ${"plain address"}          | ${"a display name"}
  ${{ ...MAIL, NOTIFY_TO: "a@b.org,," }}                    | ${"plain address"}          | ${"an empty one"}
  ${{ ...MAIL, NOTIFY_TO: "a@b.org,".repeat(60) }}          | ${"NOTIFY_TO"}              | ${"too many"}
  ${{ ...MAIL, NOTIFY_FROM: "a@b.org x" }}                  | ${"plain address"}          | ${"a word too many"}
  ${{ ...MAIL, SMTP_USER: "u" }}                            | ${"SMTP_USER needs one"}    | ${"no password"}
  ${{ ...MAIL, SMTP_PASSWORD_FILE: "/nowhere/secret" }}     | ${"cannot be read"}         | ${"no such file"}
  ${{ ...MAIL, SMTP_SECURE: "yes" }}                        | ${"SMTP_SECURE"}            | ${"neither true nor false"}
  ${{ NOTIFY_DIGEST_MS: "0" }}                              | ${"NOTIFY_DIGEST_MS"}       | ${"no window at all"}
  ${{ NOTIFY_MAX_PER_HOUR: "0" }}                           | ${"NOTIFY_MAX_PER_HOUR"}    | ${"never"}
  ${{ NOTIFY_WEBHOOKS: "http://example.org/" }}             | ${"number 1: https only"}   | ${"in the clear"}
  ${{ NOTIFY_WEBHOOKS: "https://a.org/,https://10.0.0.1" }} | ${"number 2: not a public"} | ${"private"}
  ${{ NOTIFY_WEBHOOKS: "https://u:hunter2@a.org/" }}        | ${"names a user"}           | ${"a password in it"}
  ${{ NOTIFY_WEBHOOK_SECRET: "short" }}                     | ${"NOTIFY_WEBHOOK_SECRET"}  | ${"too short"}
`("refuses $settings: $why", ({ settings, complaint }) => {
  expect(() => loadConfig({ ...NODE, ...settings })).toThrow(complaint);
  expect(() => loadConfig({ ...NODE, ...settings })).not.toThrow(/hunter2/);
});

describe("a secret in a file", () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "ringkv-config-"));
    file = path.join(folder, "secret");
    writeFileSync(file, "correct horse\n");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is taken without the end of its line", () => {
    const config = loadConfig({
      ...NODE,
      ...MAIL,
      SMTP_USER: "u",
      SMTP_PASSWORD_FILE: file,
      NOTIFY_WEBHOOK_SECRET_FILE: file,
    });
    expect(smtpPasswordIn(config)).toBe("correct horse");
    expect(webhookSecretIn(config)).toBe("correct horse");
  });

  it.each(["SMTP_PASSWORD", "NOTIFY_WEBHOOK_SECRET"])("is not given beside %s", (name) => {
    const twice = { [name]: "another secret", [`${name}_FILE`]: file };
    expect(() => loadConfig({ ...NODE, ...twice })).toThrow(`is given beside ${name}`);
  });
});

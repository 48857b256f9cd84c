/** Which Redis is chosen, which log lines people see, and where the control socket lies. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { controlSocketPath } from "../../scripts/launcher/control-channel.mjs";
import { forPeople } from "../../scripts/launcher/process-log.mjs";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";

describe("the choice of a Redis", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "ringkv-path-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A program that answers `--version` like a server of that version. */
  function install(name: string, version: string, mode = 0o755): string {
    const file = path.join(folder, name);
    writeFileSync(file, `#!/bin/sh\necho "Some server v=${version} sha=0"\n`);
    chmodSync(file, mode);
    return file;
  }
  const choose = (more: NodeJS.ProcessEnv = {}) => chooseRedis([], { PATH: folder, ...more });

  it("takes the addresses that were given before anything else", () => {
    install("redis-server", "7.0.15");
    const urls = ["redis://a", "redis://b"];
    expect(chooseRedis(urls, { PATH: folder })).toEqual({ kind: "external", urls });
  });

  it("takes redis-server before valkey-server", () => {
    install("valkey-server", "8.1.1");
    const file = install("redis-server", "7.0.15");
    expect(choose()).toEqual({ kind: "server", file, version: "7.0.15" });
  });

  it("takes valkey-server where redis-server is too old", () => {
    install("redis-server", "6.2.7");
    const file = install("valkey-server", "8.1.1");
    expect(choose()).toEqual({ kind: "server", file, version: "8.1.1" });
  });

  it("takes the stand-in where there is none, and says what it looked for", () => {
    install("redis-server", "7.0.15", 0o644);
    expect(choose()).toEqual({
      kind: "embedded",
      because: "redis-server not found; valkey-server not found",
    });
  });

  it("takes the program that REDIS_SERVER_BIN names, and nothing in its place", () => {
    install("redis-server", "7.0.15");
    const other = install("other", "7.4.0");
    expect(choose({ REDIS_SERVER_BIN: other })).toMatchObject({ file: other, version: "7.4.0" });
    expect(() => choose({ REDIS_SERVER_BIN: "/absent" })).toThrow("/absent not found");
    expect(() => choose({ REDIS_SERVER_BIN: install("old", "6.0.16") })).toThrow("7.0 is needed");
  });
});

describe("a node's log on the terminal", () => {
  it.each`
    line                                                                     | shown
    ${'{"level":30,"msg":"started"}'}                                        | ${null}
    ${'{"level":40,"msg":"member is down","member":"node2","pid":7}'}        | ${'warning: member is down member="node2"'}
    ${'{"level":50,"msg":"no","err":{"message":"ECONNREFUSED","stack":""}}'} | ${"error: no (ECONNREFUSED)"}
    ${'{"level":60,"msg":"out"}'}                                            | ${"fatal: out"}
    ${"HTTP_PORT: must be a number"}                                         | ${"HTTP_PORT: must be a number"}
    ${'{"not a log record":1}'}                                              | ${'{"not a log record":1}'}
    ${"{broken"}                                                             | ${"{broken"}
    ${""}                                                                    | ${null}
  `("$line", ({ line, shown }) => {
    expect(forPeople(line)).toBe(shown);
  });
});

describe("the control socket", () => {
  it("lies beside the process ids, or elsewhere when that path is too long for a socket", () => {
    expect(controlSocketPath("/srv/data")).toBe("/srv/data/run/launcher.sock");
    const deep = controlSocketPath(`/${"d".repeat(120)}`);
    expect(deep.length).toBeLessThan(104);
    expect(controlSocketPath(`/${"e".repeat(120)}`)).not.toBe(deep);
  });
});

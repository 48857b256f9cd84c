/** Secrets in files: docker-compose.secure.yml on top of the file that everybody runs. */

import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../../scripts/launcher/root.mjs";
import { Compose } from "../harness/compose-command.js";
import { portlessCopy } from "../harness/docker-compose.js";
import { pollUntil } from "../harness/polling.js";

const NAMES = ["redis_password", "cluster_secret", "api_tokens", "smtp_password"] as const;
const START_TIMEOUT_MS = 120_000;

/** Needs the image, which the other tests of this file have built. */
export function describeSecrets(): void {
  describe("with docker-compose.secure.yml", () => {
    const secrets = mkdtempSync(path.join(tmpdir(), "ringkv-secrets-"));
    const values = new Map(NAMES.map((name) => [name, ""]));
    for (const name of ["redis_password", "cluster_secret"] as const)
      values.set(name, randomBytes(32).toString("hex"));
    const digest = createHash("sha256").update("a token of this test").digest("hex");
    values.set("api_tokens", `admin:${digest}:admin`);
    for (const [name, value] of values) {
      writeFileSync(path.join(secrets, name), `${value}\n`);
      chmodSync(path.join(secrets, name), 0o444);
    }
    const compose = new Compose({
      files: [portlessCopy(secrets), path.join(ROOT, "docker-compose.secure.yml")],
      project: `ringkvsecure${randomBytes(3).toString("hex")}`,
      projectDirectory: ROOT,
      env: { SECRETS_DIR: secrets },
    });

    beforeAll(() => compose.run("up", "-d", "node1"), START_TIMEOUT_MS);
    afterAll(async () => {
      await compose.run("down", "--volumes", "--timeout", "5");
      rmSync(secrets, { recursive: true });
    }, START_TIMEOUT_MS);

    it("node and Redis know the password, and it stands in no environment", async () => {
      await pollUntil(
        "node1 has connected to its Redis",
        async () => {
          const log = await compose.run("logs", "--no-color", "node1");
          return log.includes("node started") ? "" : log.slice(-400);
        },
        START_TIMEOUT_MS,
      );
      for (const service of ["node1", "redis1"]) {
        const container = await compose.containerOf(service);
        const { Config, Mounts } = JSON.parse(await compose.docker("inspect", container))[0];
        for (const value of [...values.values()].filter(Boolean))
          expect(JSON.stringify(Config)).not.toContain(value);
        expect(JSON.stringify(Config)).not.toContain("ringkv-development");
        const mounted = (Mounts as { Destination: string; RW: boolean }[]).filter(
          ({ Destination }) => Destination.startsWith("/run/secrets/"),
        );
        expect(mounted.length).toBe(service === "node1" ? NAMES.length : 1);
        expect(mounted.filter(({ RW }) => RW)).toEqual([]);
      }
    });

    it("the password that everybody knows opens nothing", async () => {
      const login = ["--user", "ringkv", "--pass", "ringkv-development-password"];
      const asked = compose.run("exec", "-T", "redis1", "redis-cli", ...login, "HGETALL", "meta");
      expect(await asked.catch(String)).toMatch(/WRONGPASS|NOAUTH/);
    });
  });
}

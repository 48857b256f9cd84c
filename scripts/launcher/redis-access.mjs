/**
 * The users of the Redis processes that this launcher starts: the nodes' with a password that is
 * new at every start, and an admin for people and tests. It decides who may connect, not what they
 * may do: that stands in `redis/users.acl`.
 *
 * The files lie in `data/run`, for this user alone. Whoever can read them can read the data too.
 */

import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./root.mjs";

const PASSWORD_BYTES = 24;
const FOR_THIS_USER = { mode: 0o600 };

export class RedisAccess {
  #directory;
  #names;
  #password = randomPassword();
  #adminPassword = randomPassword();

  /** @param {string} directory @param {readonly string[]} names of the Redis, as in `redis1` */
  constructor(directory, names) {
    this.#directory = directory;
    this.#names = names;
  }

  /** For `redis-server --aclfile`. @param {string} name */
  aclFile(name) {
    return path.join(this.#directory, `${name}.acl`);
  }

  /** Where a node finds its records, password included. @param {string} address */
  recordsUrl(address) {
    return address.replace("redis://", `redis://ringkv:${this.#password}@`);
  }

  /** @param {string} address */
  jobsUrl(address) {
    return `${address.replace("redis://", `redis://ringkv-queue:${this.#password}@`)}/1`;
  }

  /** The address for whoever looks after it, with the password. @param {string} address */
  adminUrl(address) {
    return address.replace("redis://", `redis://admin:${this.#adminPassword}@`);
  }

  /** Before a Redis is started; not before it is certain that no other launcher runs here. */
  write() {
    mkdirSync(this.#directory, { recursive: true });
    const users = usersFor({ nodes: this.#password, admin: this.#adminPassword });
    for (const name of this.#names) {
      this.#replace(this.aclFile(name), users);
      this.#replace(this.#adminFile(name), this.#adminPassword);
    }
  }

  /** Once they have stopped: what is left would open nothing any more. */
  remove() {
    for (const name of this.#names)
      for (const file of [this.aclFile(name), this.#adminFile(name)]) rmSync(file, { force: true });
  }

  /** @param {string} name */
  #adminFile(name) {
    return path.join(this.#directory, `${name}.admin`);
  }

  /**
   * A file that is there keeps its mode, whatever is asked for.
   *
   * @param {string} file
   * @param {string} text
   */
  #replace(file, text) {
    rmSync(file, { force: true });
    writeFileSync(file, text, FOR_THIS_USER);
  }
}

/**
 * `redis/users.acl` as Redis reads it: no comments, and hashes in the place of the passwords.
 *
 * @param {{nodes: string, admin: string}} passwords
 */
export function usersFor({ nodes, admin }) {
  return readFileSync(path.join(ROOT, "redis/users.acl"), "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll("<RINGKV_SHA256>", sha256(nodes))
    .replaceAll("<ADMIN_SHA256>", sha256(admin));
}

/** @param {string} text */
function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}

function randomPassword() {
  return randomBytes(PASSWORD_BYTES).toString("hex");
}

/**
 * The fence of the gRPC interface: whose call it is, and whether it may. It stands before the first
 * message is read. The table is the one of HTTP in the words of gRPC; a method without a row does
 * not compile. Health is open, because it decides where clients are sent; reflection is not offered
 * where tokens are set.
 */

import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import {
  type Access,
  demandKey,
  demandNeed,
  demandScope,
  type Entry,
  type Need,
  type Scope,
} from "@ringkv/access";
import { Unauthenticated } from "@ringkv/core";
import { failureOf, statusOfFailure } from "./failure.js";
import type { ClusterDefinition } from "./generated/ringkv/v1/Cluster.js";
import type { KeyValueStoreDefinition } from "./generated/ringkv/v1/KeyValueStore.js";
import { requestIdOf } from "./request-id.js";

/** The methods of a service by name, without the index signature that all definitions have. */
type MethodsOf<T> = keyof { [M in keyof T as string extends M ? never : M]: T[M] };

const READ = { scope: "read", keys: "all" } as const;
const READ_OWN = { scope: "read", keys: "own" } as const;
const WRITE_OWN = { scope: "write", keys: "own" } as const;
const ADMIN = { scope: "admin", keys: "all" } as const;

const KEY_VALUE_STORE = {
  Put: WRITE_OWN,
  Get: READ_OWN,
  Delete: WRITE_OWN,
  /** Each of its operations is looked at by itself. */
  Batch: { scope: ["read", "write"], keys: "own" },
  List: READ_OWN,
  Snapshot: ADMIN,
  Restore: ADMIN,
} as const satisfies Record<MethodsOf<KeyValueStoreDefinition>, Need>;

const CLUSTER = {
  Status: READ,
  Locate: READ_OWN,
  Watch: READ,
} as const satisfies Record<MethodsOf<ClusterDefinition>, Need>;

const HEALTH = "/grpc.health.v1.Health/";

/** By path. */
export const NEEDS: ReadonlyMap<string, Need> = new Map([
  ...under("/ringkv.v1.KeyValueStore/", KEY_VALUE_STORE),
  ...under("/ringkv.v1.Cluster/", CLUSTER),
]);

/** For what the table does not know: nobody has decided about it. */
const UNKNOWN: Need = ADMIN;

export class Gate {
  readonly access: Access | null;
  /** Of the calls that are under way, by what they brought. */
  readonly #grants = new WeakMap<Metadata, Entry>();

  /** Null: everybody may do everything. */
  constructor(access: Access | null) {
    this.access = access;
  }

  /** Refuses a call before anything of it is read. */
  interceptor(): ServerInterceptor {
    return ({ path }, call) => {
      const { access } = this;
      if (access === null || path.startsWith(HEALTH)) return new ServerInterceptingCall(call);
      return new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, goOn) => {
              try {
                const given = metadata.get("authorization").map(String);
                const grant = access.identify({
                  authorization: given,
                  address: hostOf(call.getPeer()),
                });
                demandNeed(grant, NEEDS.get(path) ?? UNKNOWN);
                this.#grants.set(metadata, grant);
              } catch (thrown) {
                call.sendStatus(statusOfFailure(failureOf(thrown), requestIdOf(metadata)));
                return;
              }
              goOn(metadata);
            },
          }),
      });
    };
  }

  /** Of a call that was let in. `key` may be the prefix of a listing. */
  demandKey(metadata: Metadata, key: string): void {
    if (this.access !== null) demandKey(this.#grantOf(metadata), key);
  }

  /** Of a call that was let in, and wants more than its method. */
  demandScope(metadata: Metadata, scope: Scope): void {
    if (this.access !== null) demandScope(this.#grantOf(metadata), scope);
  }

  /** Of a call that was let in and goes on for long: whether its token still holds. */
  demandStill(metadata: Metadata): void {
    const entry = this.access === null ? null : this.access.renew(this.#grantOf(metadata));
    if (this.access !== null && entry === null) {
      throw new Unauthenticated("the token does not hold any more");
    }
  }

  #grantOf(metadata: Metadata): Entry {
    const grant = this.#grants.get(metadata);
    if (grant === undefined) throw new Unauthenticated("nobody has looked at this call");
    return grant;
  }
}

/** `192.0.2.1:5000`, `[2001:db8::1]:5000`, or without brackets, as the library has it. */
function hostOf(peer: string): string {
  const colon = peer.lastIndexOf(":");
  return (colon === -1 ? peer : peer.slice(0, colon)).replace(/^\[|\]$/g, "");
}

function under(service: string, needs: Readonly<Record<string, Need>>) {
  return Object.entries(needs).map(([name, need]) => [service + name, need] as const);
}

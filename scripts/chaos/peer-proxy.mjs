/**
 * Stands between one end that calls and one that is called (two nodes; a client and a node; a node
 * and its Redis), and can lose what goes one way or both, or bend it (see bend.mjs).
 *
 * A cut looks like lost packets, not like a refused connection: sockets stay open, nothing is read
 * from the silenced end, so not its end either. The bytes wait in the kernel's buffers, as they
 * would in TCP's; when the cut is healed they arrive late, or the connection breaks.
 *
 * It knows nothing of the bytes. One difference to a network is left: during a cut a new
 * connection seems to be accepted, and then nothing is heard on it.
 */

import { once } from "node:events";
import { connect, createServer } from "node:net";

/** @typedef {import("node:net").Socket} Socket */
/** @typedef {"there" | "back"} Way there: from who calls to who is called */

/** A caller that connects again and again during a cut must not fill this process. */
const HELD_MAX = 64;

export class PeerProxy {
  #targetPort;
  #server;
  /** @type {Set<Carried>} */
  #carried = new Set();
  /** @type {ReadonlySet<Way>} */
  #lost = new Set();
  /** @type {import("./bend.mjs").Bending | null} */
  #bending = null;

  /** @param {number} targetPort of the peer, on this machine */
  constructor(targetPort) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) =>
      this.#accept(caller),
    );
  }

  /** @returns {Promise<number>} the port on which it listens from now on */
  async open() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  close() {
    for (const carried of this.#carried) carried.break();
    this.#server.close();
  }

  /** From now on nothing gets through these ways; an earlier cut is forgotten. */
  lose(/** @type {readonly Way[]} */ ways) {
    this.#lost = new Set(ways);
    for (const carried of this.#carried) carried.apply(this.#lost);
  }

  /**
   * Connections begin anew, so that what is bent is whole messages; so it is when it ends.
   *
   * @param {import("./bend.mjs").Bending | null} bending
   */
  bend(bending) {
    this.#bending = bending;
    for (const carried of this.#carried) carried.break();
  }

  /** Whoever is connected has to connect again. */
  reset() {
    for (const carried of this.#carried) carried.break();
  }

  /** @param {"late" | "reset"} how */
  heal(how) {
    const wasCut = this.#lost.size > 0;
    this.lose([]);
    if (this.#bending !== null) this.bend(null);
    else if (wasCut && how === "reset") this.reset();
  }

  #accept(/** @type {Socket} */ caller) {
    const [oldest] = [...this.#carried].filter(({ isWaiting }) => isWaiting);
    if (this.#carried.size >= HELD_MAX) oldest?.break();
    const bent = this.#bending?.(() => carried.break()) ?? null;
    const onGone = () => this.#carried.delete(carried);
    const carried = new Carried({ caller, targetPort: this.#targetPort, bent, onGone });
    this.#carried.add(carried);
    carried.apply(this.#lost);
  }
}

/** One connection through the proxy. */
class Carried {
  #caller;
  #targetPort;
  #bent;
  #onGone;
  /** @type {Socket | null} null until the first packet may get there */
  #callee = null;
  /** @type {ReadonlySet<Way>} */
  #lost = new Set();
  /** @type {Set<Way>} the ways whose sender is gone, which the other end has not noticed yet */
  #ended = new Set();

  /**
   * @param {object} parts
   * @param {Socket} parts.caller
   * @param {number} parts.targetPort
   * @param {import("./bend.mjs").Bent | null} parts.bent
   * @param {() => void} parts.onGone
   */
  constructor({ caller, targetPort, bent, onGone }) {
    this.#caller = caller;
    this.#targetPort = targetPort;
    this.#bent = bent;
    this.#onGone = onGone;
    caller.on("error", () => {}); // The close that follows says enough.
    caller.once("close", () => this.#senderGone("there"));
  }

  /** Whether nothing of it has reached the callee yet. */
  get isWaiting() {
    return this.#callee === null;
  }

  apply(/** @type {ReadonlySet<Way>} */ lost) {
    this.#lost = lost;
    if (this.#callee === null && !lost.has("there")) this.#dial();
    const callee = this.#callee;
    if (callee === null) return;
    this.#flow("there", this.#caller, callee);
    this.#flow("back", callee, this.#caller);
    for (const way of this.#ended) if (!lost.has(way)) this.break();
  }

  /** Both ends learn of it at once. */
  break() {
    this.#caller.resetAndDestroy();
    this.#callee?.resetAndDestroy();
    this.#bent?.there.destroy();
    this.#bent?.back.destroy();
    this.#onGone();
  }

  #dial() {
    const callee = connect({
      port: this.#targetPort,
      host: "127.0.0.1",
      allowHalfOpen: true,
      noDelay: true,
    });
    callee.on("error", () => {});
    callee.once("close", () => this.#senderGone("back"));
    this.#callee = callee;
  }

  /** @param {Way} way @param {Socket} from @param {Socket} to */
  #flow(way, from, to) {
    const bend = this.#bent?.[way] ?? null;
    from.unpipe(bend ?? to);
    if (this.#lost.has(way)) from.pause();
    else if (bend === null) from.pipe(to);
    else from.pipe(bend).pipe(to);
  }

  /** The other end hears of it, unless the packet that says so is lost too. */
  #senderGone(/** @type {Way} */ way) {
    if (this.#lost.has(way)) this.#ended.add(way);
    else {
      // What was sent before is still written.
      this.#caller.destroySoon();
      this.#callee?.destroySoon();
      this.#onGone();
    }
  }
}

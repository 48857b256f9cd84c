/** The links that can be cut: what gets through, what is lost, and what comes late. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Network, openNetwork } from "../../scripts/chaos/network.mjs";

/** Long enough for bytes to cross this machine many times; that nothing comes has no event. */
const SILENCE_MS = 150;

/** A node that answers every byte with the same byte, and says so when a caller ends. */
class Echo {
  readonly heard: string[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        this.heard.push(bytes.toString());
        socket.write(bytes);
      });
    });
  }

  async open(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

describe("the network between the nodes", () => {
  const echoes = new Map(["node1", "node2", "node3"].map((name) => [name, new Echo()]));
  const callers: Socket[] = [];
  let network: Network;
  beforeEach(async () => {
    for (const name of echoes.keys()) echoes.set(name, new Echo());
    const opened = [...echoes].map(async ([name, echo]) => [name, await echo.open()] as const);
    network = await openNetwork(new Map(await Promise.all(opened)));
  });
  afterEach(() => {
    network.close();
    for (const caller of callers.splice(0)) caller.destroy();
    for (const echo of echoes.values()) echo.close();
  });

  /** The address under which `from` knows `to`. */
  function portOf(from: string, to: string): number {
    const members = network.members[from]?.split(",") ?? [];
    const entry = members.find((member) => member.startsWith(`${to}=`));
    return Number(entry?.split(":").at(-1));
  }

  async function call(from: string, to: string): Promise<Socket> {
    const caller = connect(portOf(from, to), "127.0.0.1");
    caller.on("error", () => {});
    callers.push(caller);
    await once(caller, "connect");
    return caller;
  }

  async function exchange(caller: Socket, text: string): Promise<string> {
    caller.write(text);
    const [bytes] = (await once(caller, "data")) as [Buffer];
    return bytes.toString();
  }

  /** What comes within a while, in which anything that was not lost would have come. */
  async function quietly(caller: Socket): Promise<string> {
    let text = "";
    const listen = (bytes: Buffer) => {
      text += bytes.toString();
    };
    caller.on("data", listen);
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    caller.off("data", listen);
    return text;
  }

  /** Not `once`: a broken connection is an error first, and that is no reason to stop waiting. */
  function closeOf(caller: Socket): Promise<void> {
    return new Promise((resolve) => caller.once("close", () => resolve()));
  }

  const heardBy = (node: string) => echoes.get(node)?.heard.join("") ?? "";

  it("tells each node the others' proxies, and its own port as it is", () => {
    const ports = [...echoes.keys()].map((from) => portOf(from, "node2"));
    expect(new Set(ports).size).toBe(3);
    expect(network.members["node1"]).toMatch(/^node1=127\.0\.0\.1:\d+,node2=127.*,node3=127/);
  });

  it("carries bytes there and back, and the end of a connection", async () => {
    const caller = await call("node1", "node2");
    expect(await exchange(caller, "a")).toBe("a");
    echoes.get("node2")?.sockets[0]?.end();
    await once(caller, "end");
  });

  it("ends a call to a node that is not there", async () => {
    echoes.get("node2")?.close();
    const caller = connect(portOf("node1", "node2"), "127.0.0.1").on("error", () => {});
    callers.push(caller);
    await closeOf(caller);
  });

  it.each([
    { from: "node1", to: "node2", directions: ["out", "in"] as const, heard: "", answered: "" },
    { from: "node2", to: "node1", directions: ["out", "in"] as const, heard: "", answered: "" },
    { from: "node1", to: "node2", directions: ["out"] as const, heard: "", answered: "" },
    { from: "node2", to: "node1", directions: ["out"] as const, heard: "b", answered: "" },
    { from: "node1", to: "node2", directions: ["in"] as const, heard: "b", answered: "" },
    { from: "node2", to: "node1", directions: ["in"] as const, heard: "", answered: "" },
    { from: "node2", to: "node3", directions: ["out", "in"] as const, heard: "b", answered: "b" },
  ])("with node1 cut off $directions, a call from $from to $to", async (row) => {
    const { from, to, directions, heard, answered } = row;
    const caller = await call(from, to);
    await exchange(caller, "a");
    network.cut("node1", directions);
    caller.write("b");
    expect(await quietly(caller)).toBe(answered);
    expect(heardBy(to)).toBe(`a${heard}`);
    expect(caller.destroyed).toBe(false);
  });

  it("delivers late what was held back, when that is how it heals", async () => {
    const caller = await call("node1", "node2");
    await exchange(caller, "a");
    network.cut("node1", ["out", "in"]);
    caller.write("b");
    await quietly(caller);
    network.heal("late");
    const [bytes] = (await once(caller, "data")) as [Buffer];
    expect(bytes.toString()).toBe("b");
  });

  it("breaks what was cut, when that is how it heals, and takes new calls", async () => {
    const caller = await call("node1", "node2");
    const untouched = await call("node2", "node3");
    await exchange(caller, "a");
    network.cut("node1", ["out", "in"]);
    caller.write("b");
    const closed = closeOf(caller);
    network.heal("reset");
    await closed;
    expect(heardBy("node2")).toBe("a");
    expect(await exchange(await call("node1", "node2"), "c")).toBe("c");
    expect(await exchange(untouched, "d")).toBe("d");
  });

  it("lets a call that was made during a cut reach nobody until it is healed", async () => {
    network.cut("node1", ["out", "in"]);
    const caller = await call("node1", "node2");
    caller.write("a");
    expect(await quietly(caller)).toBe("");
    expect(echoes.get("node2")?.sockets).toHaveLength(0);
    network.heal("late");
    const [bytes] = (await once(caller, "data")) as [Buffer];
    expect(bytes.toString()).toBe("a");
  });

  it("hides during a cut that the other end has gone", async () => {
    const caller = await call("node1", "node2");
    await exchange(caller, "a");
    network.cut("node2", ["out"]);
    echoes.get("node2")?.sockets[0]?.destroy();
    caller.write("b");
    await quietly(caller);
    expect(caller.destroyed).toBe(false);
    const closed = closeOf(caller);
    network.heal("late");
    await closed;
  });
});

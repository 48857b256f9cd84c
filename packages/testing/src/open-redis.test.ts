import { connect } from "node:net";
import { openRedis, openStandInRedis, type TestRedis } from "./open-redis.js";

describe.each([
  { name: "openRedis", open: () => openRedis() },
  { name: "openStandInRedis", open: openStandInRedis },
])("$name", ({ open }) => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await open();
  });
  afterAll(async () => {
    await redis.close();
  });

  it("answers on its own port", async () => {
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    expect(await ask(redis.port, "SET a 1")).toBe("+OK");
  });

  it("keeps its data over a crash and a restart if it is a real one", async () => {
    await ask(redis.port, "SET b 2");
    await redis.kill();
    await expect(ask(redis.port, "PING")).rejects.toThrow("ECONNREFUSED");
    await redis.start();
    expect(await ask(redis.port, "GET b")).toBe(redis.kind === "redis" ? "$1" : "$-1");
  });

  it("answers again after it was frozen", async () => {
    redis.pause();
    const answer = ask(redis.port, "PING");
    redis.resume();
    expect(await answer).toBe("+PONG");
  });
});

/** The first line of the answer to an inline command. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.once("error", reject);
    socket.once("data", (data) => {
      resolve(data.toString("latin1").split("\r\n")[0] ?? "");
      socket.destroy();
    });
  });
}

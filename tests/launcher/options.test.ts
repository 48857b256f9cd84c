/** What `npm start` makes of its flags and its environment. */

import { type Options, parseOptions } from "../../scripts/launcher/options.mjs";

const DEFAULTS: Options = {
  nodes: 3,
  httpPort: 8001,
  grpcPort: 9001,
  peerPort: 7001,
  redisPort: 6381,
  data: "data",
  redisUrls: [],
};

describe("options of the launcher", () => {
  it.each`
    line                    | env                                               | changed                                                     | why
    ${""}                   | ${{}}                                             | ${{}}                                                       | ${"defaults"}
    ${"--nodes 9"}          | ${{}}                                             | ${{ nodes: 9 }}                                             | ${"the most"}
    ${"--nodes=1"}          | ${{}}                                             | ${{ nodes: 1 }}                                             | ${"an equals sign"}
    ${""}                   | ${{ NODE_COUNT: "5" }}                            | ${{ nodes: 5 }}                                             | ${"the environment"}
    ${"--nodes 2"}          | ${{ NODE_COUNT: "5" }}                            | ${{ nodes: 2 }}                                             | ${"a flag goes before the environment"}
    ${""}                   | ${{ NODE_COUNT: "", DATA_DIR: "" }}               | ${{}}                                                       | ${"an empty setting is none"}
    ${"--http-port 65533"}  | ${{}}                                             | ${{ httpPort: 65533 }}                                      | ${"the last port is still one"}
    ${"--data /srv/ringkv"} | ${{}}                                             | ${{ data: "/srv/ringkv" }}                                  | ${"another place"}
    ${"--nodes 1"}          | ${{ REDIS_URL_1: "redis://db:6379/3" }}           | ${{ nodes: 1, redisUrls: ["redis://db:6379/3"] }}           | ${"a Redis of one's own"}
    ${"--nodes 1"}          | ${{ REDIS_URL_1: "redis://a", REDIS_URL_2: "x" }} | ${{ nodes: 1, redisUrls: ["redis://a"] }}                   | ${"more addresses than nodes"}
    ${"--redis-port 8001"}  | ${{ NODE_COUNT: "1", REDIS_URL_1: "rediss://a" }} | ${{ nodes: 1, redisPort: 8001, redisUrls: ["rediss://a"] }} | ${"ports that are not used do not overlap"}
  `("$why: $line", ({ line, env, changed }) => {
    const argv = line.split(" ").filter(Boolean);
    expect(parseOptions(argv, env)).toEqual({ options: { ...DEFAULTS, ...changed } });
  });

  it.each`
    line                   | env                                                       | problem
    ${"--nodes 0"}         | ${{}}                                                     | ${"--nodes must be a whole number from 1 to 9"}
    ${"--nodes 10"}        | ${{}}                                                     | ${"--nodes must be a whole number from 1 to 9"}
    ${"--nodes 2.5"}       | ${{}}                                                     | ${"--nodes must be a whole number"}
    ${"--nodes=-1"}        | ${{}}                                                     | ${"--nodes must be a whole number"}
    ${""}                  | ${{ NODE_COUNT: "three" }}                                | ${"NODE_COUNT must be a whole number"}
    ${"--http-port 65536"} | ${{}}                                                     | ${"--http-port must be a whole number from 1 to 65535"}
    ${"--http-port 65534"} | ${{}}                                                     | ${"end above 65535"}
    ${"--peer-port 8003"}  | ${{}}                                                     | ${"overlaps --http-port"}
    ${"--grpc-port 7002"}  | ${{}}                                                     | ${"overlaps --grpc-port"}
    ${"--redis-port"}      | ${{}}                                                     | ${"--redis-port needs a value"}
    ${"--prot"}            | ${{}}                                                     | ${"--prot is not an option"}
    ${"node2"}             | ${{}}                                                     | ${'"node2" is not an option'}
    ${"--data="}           | ${{ DATA_DIR: "" }}                                       | ${"--data must name a directory"}
    ${"--nodes 2"}         | ${{ REDIS_URL_2: "redis://b" }}                           | ${"REDIS_URL_1 is missing"}
    ${"--nodes 1"}         | ${{ REDIS_URL_1: "http://b" }}                            | ${"REDIS_URL_1 must be a redis://"}
    ${"--nodes 2"}         | ${{ REDIS_URL_1: "redis://b", REDIS_URL_2: "redis://b" }} | ${"REDIS_URL_2 is the same as REDIS_URL_1"}
  `("refuses: $line $env", ({ line, env, problem }) => {
    const parsed = parseOptions(line.split(" ").filter(Boolean), env);
    expect(parsed).toEqual({ problems: [expect.stringContaining(problem)] });
  });

  it("names every problem at once", () => {
    const parsed = parseOptions(["--nodes", "x", "--http-port", "0", "--wrong"], {});
    expect(parsed).toEqual({
      problems: [expect.any(String), expect.any(String), expect.any(String)],
    });
  });

  it("gives help before it complains", () => {
    expect(parseOptions(["--nodes", "x", "--help"], {})).toEqual({ help: true });
  });
});

import { durabilityOf } from "./durability.js";

const AOF = "# Persistence\r\nloading:0\r\naof_enabled:1\r\naof_rewrite_in_progress:0\r\n";
const NO_AOF = AOF.replace("aof_enabled:1", "aof_enabled:0");

it.each([
  { info: AOF, appendfsync: "always", expected: "always", why: "every write is waited for" },
  { info: AOF, appendfsync: "everysec", expected: "everysec", why: "a second may be lost" },
  { info: AOF, appendfsync: "no", expected: "none", why: "the system writes when it likes" },
  { info: AOF, appendfsync: null, expected: "everysec", why: "CONFIG is forbidden" },
  { info: AOF, appendfsync: "weekly", expected: "everysec", why: "nobody promised always" },
  { info: NO_AOF, appendfsync: "always", expected: "none", why: "there is no log" },
  { info: NO_AOF, appendfsync: null, expected: "none", why: "that is the stand-in" },
  { info: null, appendfsync: "always", expected: "none", why: "nobody said that there is a log" },
  { info: "", appendfsync: null, expected: "none", why: "nothing was said" },
])("is $expected when $why", ({ info, appendfsync, expected }) => {
  expect(durabilityOf({ info, appendfsync })).toBe(expected);
});

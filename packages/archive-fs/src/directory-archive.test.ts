import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describeSnapshotArchive } from "@ringkv/testing/contracts";
import { DirectoryArchive } from "./directory-archive.js";

async function openDirectory() {
  const parent = await mkdtemp(path.join(tmpdir(), "ringkv-archive-"));
  // Not there yet, as on a first start.
  const directory = path.join(parent, "snapshots");
  const close = () => rm(parent, { recursive: true, force: true });
  return { directory, archive: new DirectoryArchive(directory), close };
}

describeSnapshotArchive("a directory", openDirectory);

async function* chunksOf(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe("a directory of snapshots", () => {
  let place: Awaited<ReturnType<typeof openDirectory>>;
  beforeEach(async () => {
    place = await openDirectory();
  });
  afterEach(() => place.close());

  it("holds a gzip file that only its owner may read", async () => {
    await place.archive.write("a", chunksOf("one\n", "two\n"));
    await place.archive.publish("a");
    const file = path.join(place.directory, "a.ndjson.gz");
    expect(gunzipSync(await readFile(file)).toString()).toBe("one\ntwo\n");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(place.directory)).toEqual(["a.ndjson.gz"]);
  });

  it("neither lists nor touches what others have put there", async () => {
    await place.archive.write("a", chunksOf("x"));
    await place.archive.publish("a");
    for (const file of ["notes.txt", ".ndjson.gz", "b c.ndjson.gz", "old.ndjson"]) {
      await writeFile(path.join(place.directory, file), "mine");
    }
    expect(await place.archive.names()).toEqual(["a"]);
    await place.archive.remove("a");
    expect(await readdir(place.directory)).toHaveLength(4);
  });

  it.each(["", "../a", "a/b", ".a", "a.b", "a\0", "x".repeat(101)])(
    "refuses the name %j",
    async (name) => {
      await expect(place.archive.write(name, chunksOf("x"))).rejects.toThrow(RangeError);
      await expect(place.archive.remove(name)).rejects.toThrow(RangeError);
    },
  );

  it("rejects when the file has been cut short", async () => {
    await place.archive.write("a", chunksOf("x".repeat(10_000)));
    await place.archive.publish("a");
    await truncate(path.join(place.directory, "a.ndjson.gz"), 20);
    const read = async () => {
      for await (const _ of place.archive.read("a"));
    };
    await expect(read()).rejects.toThrow("unexpected end of file");
  });

  it("rejects when the directory cannot be made", async () => {
    await writeFile(place.directory, "a file stands in the way");
    await expect(place.archive.write("a", chunksOf("x"))).rejects.toThrow("EEXIST");
    await expect(place.archive.names()).rejects.toThrow("ENOTDIR");
  });
});

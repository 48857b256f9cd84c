/** What every `SnapshotArchive` must do. `open` gives an empty one; it is called once per test. */

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { SnapshotArchive } from "@ringkv/engine";

export interface SnapshotArchiveUnderTest {
  readonly archive: SnapshotArchive;
  readonly close?: () => Promise<void>;
}

export function describeSnapshotArchive(
  name: string,
  open: () => Promise<SnapshotArchiveUnderTest>,
): void {
  describe(`SnapshotArchive contract: ${name}`, () => {
    let subject: SnapshotArchiveUnderTest;
    const archive = () => subject.archive;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await subject.close?.();
    });

    draftTests(archive);

    it("is empty at first", async () => {
      expect(await archive().names()).toEqual([]);
      expect(await archive().drafts()).toEqual([]);
    });

    it("gives back what was written, draft or published", async () => {
      const size = await archive().write("a", chunksOf("one\n", "", "två 🔑\n"));
      expect(size).toBeGreaterThan(0);
      expect(await textOf(archive().read("a"))).toBe("one\ntvå 🔑\n");
      await archive().publish("a");
      expect(await textOf(archive().read("a"))).toBe("one\ntvå 🔑\n");
    });

    it("lists a draft only when it is published", async () => {
      await archive().write("a", chunksOf("x"));
      expect(await archive().names()).toEqual([]);
      expect(await archive().drafts()).toEqual(["a"]);
      await archive().publish("a");
      expect(await archive().names()).toEqual(["a"]);
      expect(await archive().drafts()).toEqual([]);
    });

    it("lists names in the order of their text", async () => {
      for (const name of ["s-2", "s-10", "s-1"]) {
        await archive().write(name, chunksOf(name));
        await archive().publish(name);
      }
      expect(await archive().names()).toEqual(["s-1", "s-10", "s-2"]);
    });

    it("rejects when it reads what is not there, and forgets it without complaint", async () => {
      await expect(textOf(archive().read("a"))).rejects.toThrow(/no such/);
      await archive().remove("a");
    });

    it("forgets drafts and published files", async () => {
      await archive().write("a", chunksOf("x"));
      await archive().write("b", chunksOf("x"));
      await archive().publish("b");
      await archive().remove("a");
      await archive().remove("b");
      expect([...(await archive().names()), ...(await archive().drafts())]).toEqual([]);
    });
  });
}

function draftTests(archive: () => SnapshotArchive): void {
  it("leaves nothing of a draft whose source fails", async () => {
    async function* failing() {
      yield Buffer.from("begun");
      throw new Error("a member went away");
    }
    await expect(archive().write("a", failing())).rejects.toThrow("a member went away");
    expect(await archive().drafts()).toEqual([]);
    await expect(archive().publish("a")).rejects.toThrow(/no such/);
  });

  it("replaces a draft of the same name", async () => {
    await archive().write("a", chunksOf("a longer first attempt"));
    await archive().write("a", chunksOf("second"));
    expect(await textOf(archive().read("a"))).toBe("second");
  });
}

async function* chunksOf(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

import fc from "fast-check";
import {
  NOTICE_VALUE_BYTES_MAX,
  type NoticeKind,
  noticeBytes,
  packNotice,
  unpackNotice,
  type WriteNotice,
} from "./notice.js";
import { packRecord } from "./record-codec.js";
import type { Key, Note } from "./types.js";
import { versionAt } from "./version.js";

const version = versionAt({ ms: 1_700_000_000_000, counter: 3 }, 7);

function noted(note: Note, value: Buffer | null, contentType = "text/plain") {
  return {
    ...packRecord({ key: "k🔑" as Key, version, value, contentType, expiresAtMs: null }),
    note,
  };
}

it.each`
  note       | value                                       | kind          | told    | why
  ${"key"}   | ${Buffer.from("v")}                         | ${"created"}  | ${null} | ${"values are nobody's business"}
  ${"value"} | ${Buffer.from("v")}                         | ${"replaced"} | ${"v"}  | ${"the value was asked for"}
  ${"value"} | ${Buffer.alloc(0)}                          | ${"created"}  | ${""}   | ${"an empty one is one"}
  ${"value"} | ${null}                                     | ${"deleted"}  | ${null} | ${"there is none"}
  ${"value"} | ${Buffer.alloc(NOTICE_VALUE_BYTES_MAX * 2)} | ${"written"}  | ${null} | ${"it is too long"}
`("a $kind record noted with its $note tells $told: $why", (row) => {
  const notice = unpackNotice(packNotice(noted(row.note, row.value), row.kind as NoticeKind));
  expect(noticeBytes(notice as WriteNotice)).toEqual(
    packNotice(noted(row.note, row.value), row.kind),
  );
  expect(notice).toMatchObject({ version, key: "k🔑", kind: row.kind });
  expect(notice?.value?.bytes.toString() ?? null).toBe(row.told);
  if (row.told !== null) expect(notice?.value?.contentType).toBe("text/plain");
});

it("says deleted of every tombstone, whatever the script knew", () => {
  expect(unpackNotice(packNotice(noted("key", null), "written"))?.kind).toBe("deleted");
});

it("takes any bytes for what they are: a notice or none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const notice = unpackNotice(Buffer.from(bytes));
      expect(notice === null || notice.key.length > 0).toBe(true);
    }),
  );
  const whole = packNotice(noted("value", Buffer.from("v")), "created");
  expect(unpackNotice(whole.subarray(0, 24))).toBeNull();
  expect(unpackNotice(Buffer.concat([whole.subarray(0, 28), Buffer.from([9, 1])]))).toBeNull();
});

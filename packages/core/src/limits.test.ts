import {
  CONTENT_TYPE_BYTES_MAX,
  KEY_BYTES_MAX,
  PARTITION_COUNT,
  RESTAMPS_MAX,
  TOKENS_PER_NODE,
} from "./limits.js";

describe("limits", () => {
  it.each`
    name                        | actual                    | expected | why
    ${"PARTITION_COUNT"}        | ${PARTITION_COUNT}        | ${1_024} | ${"partition numbers are in the data"}
    ${"TOKENS_PER_NODE"}        | ${TOKENS_PER_NODE}        | ${128}   | ${"another number moves every owner"}
    ${"CONTENT_TYPE_BYTES_MAX"} | ${CONTENT_TYPE_BYTES_MAX} | ${255}   | ${"its length is one byte on disk"}
    ${"KEY_BYTES_MAX"}          | ${KEY_BYTES_MAX}          | ${1_024} | ${"a smaller one locks keys out"}
    ${"RESTAMPS_MAX"}           | ${RESTAMPS_MAX}           | ${32}    | ${"the documented number of attempts"}
  `("$name is $expected, because $why", ({ actual, expected }) => {
    expect(actual).toBe(expected);
  });
});

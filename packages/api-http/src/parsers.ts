/** What reads the bytes of strangers, for whoever tries it with all kinds of them. Nothing else. */

export { Cursors } from "./cursors.js";
export { jsonBatchOf } from "./json-batch.js";
export { jsonWriteOf } from "./json-write.js";
export { keyInPath, keyOf, locationOf, queryOf } from "./request-target.js";

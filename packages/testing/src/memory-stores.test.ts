import { describeMetaStore, describeRecordStore } from "./contracts.js";
import { MemoryMetaStore } from "./memory-meta-store.js";
import { MemoryRecordStore } from "./memory-record-store.js";

describeRecordStore("in memory", async () => ({ store: new MemoryRecordStore() }));
describeMetaStore("in memory", async () => ({ store: new MemoryMetaStore() }));

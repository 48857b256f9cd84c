import { describeMetaStore, describeRecordStore, describeSnapshotArchive } from "./contracts.js";
import { MemoryMetaStore } from "./memory-meta-store.js";
import { MemoryRecordStore } from "./memory-record-store.js";
import { MemorySnapshotArchive } from "./memory-snapshot-archive.js";

describeRecordStore("in memory", async () => {
  const store = new MemoryRecordStore();
  return { store, damage: async (key, bytes) => store.damage(key, bytes) };
});
describeMetaStore("in memory", async () => ({ store: new MemoryMetaStore() }));
describeSnapshotArchive("in memory", async () => ({ archive: new MemorySnapshotArchive() }));

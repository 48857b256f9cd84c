import { membershipHash } from "./membership-hash.js";
import type { NodeId } from "./types.js";

const nodes = (...names: string[]) => names as NodeId[];
const THREE = nodes("node1", "node2", "node3");

describe("membershipHash", () => {
  it.each([
    { members: nodes("node3", "node1", "node2"), n: 2, same: true, why: "order is no difference" },
    { members: THREE, n: 3, same: false, why: "another N gives other owners" },
    { members: nodes("node1", "node2"), n: 2, same: false, why: "a member is missing" },
    { members: nodes("node1", "node2", "node4"), n: 2, same: false, why: "another member" },
    { members: [...THREE, ...nodes("node4")], n: 2, same: false, why: "a member more" },
    { members: nodes("node1", "node2node3"), n: 2, same: false, why: "names do not run together" },
  ])("with $members and N=$n agrees: $same ($why)", ({ members, n, same }) => {
    expect(membershipHash(members, n) === membershipHash(THREE, 2)).toBe(same);
  });

  it("is eight hex digits that nodes of different releases must agree on", () => {
    expect(membershipHash(THREE, 2)).toBe("28bd9437");
    for (let count = 0; count < 300; count++) {
      expect(membershipHash(nodes(`n${count}`), 2)).toMatch(/^[0-9a-f]{8}$/);
    }
  });
});

/**
 * Which addresses are anybody's on the internet, and not a machine's own, a private network's, or
 * reserved. Pure. What it does not know is not public.
 */

import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IANA's special-purpose registry, and multicast. */
const SPECIAL_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];
/** All that is assigned to the internet lies in 2000::/3; these parts of it lead elsewhere. */
const SPECIAL_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const special = new BlockList();
for (const range of SPECIAL_V4) add(special, range, "ipv4");
for (const range of SPECIAL_V6) add(special, range, "ipv6");
const assigned = new BlockList();
add(assigned, "2000::/3", "ipv6");

export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, "ipv4");
  // IPv4 in the clothes of IPv6 is outside of 2000::/3, whichever way it is written.
  const isAssigned = isIPv6(address) && assigned.check(address, "ipv6");
  return isAssigned && !special.check(address, "ipv6");
}

function add(list: BlockList, range: string, family: "ipv4" | "ipv6"): void {
  const [network = "", bits] = range.split("/");
  list.addSubnet(network, Number(bits), family);
}

/**
 * Where a webhook may go. Checked twice: the URL when it is set, and every address that its name
 * leads to each time a connection is made, because names change their minds.
 */

import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./public-address.js";

export interface TargetRules {
  /** Private, link-local and loopback addresses too: receivers beside the nodes, and tests. */
  readonly allowPrivate: boolean;
  /** Unencrypted too. */
  readonly allowHttp: boolean;
}

/** All addresses of a name. */
export type Resolve = (
  name: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

const URL_LENGTH_MAX = 2_048;
/** What else speaks on ports above 1023, and would take a request for commands. */
const OTHER_PROTOCOLS = new Set([
  "1433",
  "1521",
  "2049",
  "2375",
  "2379",
  "3306",
  "5432",
  "5672",
  "6379",
  "6380",
  "6381",
  "6382",
  "6383",
  "9042",
  "11211",
  "27017",
]);

export class TargetRefused extends Error {
  override readonly name = "TargetRefused";
}

/** The URL, if it may be used. Throws `TargetRefused`, whose message does not repeat it. */
export function targetOf(text: string, rules: TargetRules): URL {
  if (text.length > URL_LENGTH_MAX || !URL.canParse(text)) throw new TargetRefused("not a URL");
  const url = new URL(text);
  const { protocol, port, username, password, hostname } = url;
  const isHttp = protocol === "http:" && rules.allowHttp;
  if (protocol !== "https:" && !isHttp) throw new TargetRefused("https only");
  if (username !== "" || password !== "") throw new TargetRefused("names a user");
  if (!isPortAllowed(port)) throw new TargetRefused(`port ${port} is not a web server's`);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (!rules.allowPrivate && !mayBePublic(host)) throw new TargetRefused("not a public address");
  return url;
}

/** For an agent: resolves names, and refuses when any address of theirs is not allowed. */
export function lookupFor(
  { allowPrivate }: TargetRules,
  resolve: Resolve = resolveBySystem,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses;
      const refused = addresses.some(({ address }) => !isPublicAddress(address));
      if (error !== null || first === undefined) {
        callback(error ?? new TargetRefused("the name has no address"), "");
      } else if (refused && !allowPrivate) {
        callback(new TargetRefused("the name leads to an address that is not public"), "");
      } else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

function isPortAllowed(port: string): boolean {
  if (port === "" || port === "80" || port === "443") return true;
  return Number(port) > 1_023 && !OTHER_PROTOCOLS.has(port);
}

/** The parser has brought every way to write an IPv4 address into one. */
function mayBePublic(host: string): boolean {
  if (isIP(host) !== 0) return isPublicAddress(host);
  const name = host.toLowerCase().replace(/\.$/, "");
  // A name without a dot is one of this network's, as those of containers are.
  const isLocal = !name.includes(".") || /\.(localhost|local|internal|home\.arpa)$/.test(name);
  return name !== "" && !isLocal;
}

const resolveBySystem: Resolve = (name, callback) => {
  systemLookup(name, { all: true, order: "verbatim" }, (error, addresses) => {
    callback(error, error === null ? addresses : []);
  });
};

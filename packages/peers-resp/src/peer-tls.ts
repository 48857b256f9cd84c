/**
 * TLS between members, where it is set. Each side shows a certificate that the cluster's own
 * authority has signed, in the name of its node id: a host may move or be shared, a node id is
 * never reused. The proof of the secret comes after it, as without TLS.
 */

import { createServer, type Server, type Socket } from "node:net";
import {
  type ConnectionOptions,
  checkServerIdentity,
  createServer as createTlsServer,
  TLSSocket,
} from "node:tls";
import type { NodeId } from "@ringkv/core";

/** All in PEM. */
export interface PeerTls {
  readonly cert: string;
  readonly key: string;
  /** Who signs the members' certificates. The machine's own authorities are not asked. */
  readonly ca: string;
}

export interface PeerDoorDeps {
  readonly tls: PeerTls | null;
  readonly onSocket: (socket: Socket) => void;
  /** Somebody has no certificate that holds, or speaks no TLS. */
  readonly onStranger: (socket: Socket, error: Error) => void;
  readonly handshakeTimeoutMs: number;
  /** Connections that have not come through TLS yet; the oldest goes first. */
  readonly pendingMax: number;
}

const TLS_MIN = { minVersion: "TLSv1.2" } as const;

/**
 * Listening and closing are the caller's; `closePending` ends what `onSocket` has not been told.
 */
export interface PeerDoor {
  readonly server: Server;
  closePending(): void;
}

export function openPeerDoor(deps: PeerDoorDeps): PeerDoor {
  const { tls, onSocket, onStranger, handshakeTimeoutMs, pendingMax } = deps;
  if (tls === null) return { server: createServer(onSocket), closePending: () => {} };
  const shown = { requestCert: true, rejectUnauthorized: true, ...TLS_MIN };
  const server = createTlsServer({ ...tls, ...shown, handshakeTimeout: handshakeTimeoutMs });
  const pending = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const place = placeOf(socket);
    pending.set(place, socket);
    socket.once("close", () => pending.delete(place));
    const [oldest] = pending.values();
    if (pending.size > pendingMax) oldest?.destroy();
  });
  server.on("secureConnection", (socket) => {
    pending.delete(placeOf(socket));
    onSocket(socket);
  });
  server.on("tlsClientError", (error, socket) => onStranger(socket, error));
  const closePending = () => {
    for (const socket of pending.values()) socket.destroy();
  };
  return { server, closePending };
}

/** Whether the other end's certificate is that of the node which it says it is. */
export function isCertified(socket: Socket, node: NodeId): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  return checkServerIdentity(node, socket.getPeerCertificate()) === undefined;
}

/** For a connection to `node`. The platform compares the name, since that is whom we ask for. */
export function dialOptions(tls: PeerTls, node: NodeId): ConnectionOptions {
  return { ...tls, ...TLS_MIN, servername: node, rejectUnauthorized: true };
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

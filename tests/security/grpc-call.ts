/** A call of gRPC with the bytes that it is given, by no library of gRPC. */

import { once } from "node:events";
import { connect } from "node:http2";

export interface Ended {
  /** `grpc-status`; empty when there was none. */
  readonly status: string;
  readonly text: string;
}

export interface Call {
  readonly port: number;
  readonly path: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function callGrpc({ port, path, body, headers = {} }: Call): Promise<Ended> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  let [status, text] = ["", ""];
  const read = (fields: Record<string, unknown>) => {
    status = textIn(fields["grpc-status"]) ?? status;
    text = decodeURIComponent(textIn(fields["grpc-message"]) ?? text);
  };
  stream
    .on("response", read)
    .on("trailers", read)
    .on("error", () => {});
  stream.resume().end(body);
  await once(stream, "close");
  session.destroy();
  return { status, text };
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

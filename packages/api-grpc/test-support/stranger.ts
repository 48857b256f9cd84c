/**
 * A client that knows a port and the standard services, and nothing of ours: what it calls, it has
 * learned by reflection, as grpcurl does.
 */

import { connect as connectHttp2 } from "node:http2";
import { createRequire } from "node:module";
import path from "node:path";
import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import {
  loadFileDescriptorSetFromBuffer,
  loadSync,
  type PackageDefinition,
} from "@grpc/proto-loader";

/** Methods by name, with what the library makes of a service that nobody has typed. */
export type Untyped = Client & Readonly<Record<string, (...args: unknown[]) => unknown>>;

const require = createRequire(import.meta.url);
const folderOf = (module: string) => path.dirname(require.resolve(`${module}/package.json`));

const STANDARD = {
  reflection: ["@grpc/reflection", "build/proto/grpc/reflection/v1/reflection.proto"],
  health: ["grpc-health-check", "proto/health/v1/health.proto"],
} as const;

function standard(name: keyof typeof STANDARD): PackageDefinition {
  const [module, file] = STANDARD[name];
  return loadSync(path.join(folderOf(module), file), { enums: String, defaults: true });
}

/** `pkg.Service` of a definition, connected. */
export function connect(definition: PackageDefinition, service: string, port: number): Untyped {
  const names = service.split(".");
  let found: unknown = loadPackageDefinition(definition);
  for (const name of names) found = (found as GrpcObject)[name];
  const Service = found as ServiceClientConstructor;
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const client: unknown = new Service(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  return client as Untyped;
}

export function healthClient(port: number): Untyped {
  return connect(standard("health"), "grpc.health.v1.Health", port);
}

/** One question on a stream of its own; the answer as the protocol has it. */
async function reflect(port: number, question: object): Promise<Record<string, unknown>> {
  const name = "grpc.reflection.v1.ServerReflection";
  const client = connect(standard("reflection"), name, port);
  const stream = client["ServerReflectionInfo"]?.() as NodeJS.ReadWriteStream &
    AsyncIterable<object>;
  try {
    (stream as unknown as { write(message: object): void }).write(question);
    for await (const answer of stream) return answer as Record<string, unknown>;
    throw new Error("no answer");
  } finally {
    stream.end();
    client.close();
  }
}

/**
 * Asks ten thousand times what a service looks like and reads no answer, which no library's client
 * can do: how many bytes of questions are still not taken once nothing moves any more.
 */
export async function askWithoutReading(port: number): Promise<number> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "content-type": "application/grpc",
    te: "trailers",
  });
  for (let count = 0; count < 10_000; count++) stream.write(QUESTION);
  for (let quiet = 0, last = -1; quiet < 500; quiet++) {
    if (stream.writableLength !== last) quiet = 0;
    last = stream.writableLength;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const left = stream.writableLength;
  session.destroy();
  return left;
}

/** A frame of gRPC: not compressed, its length, and field 4, `file_containing_symbol`. */
const QUESTION = Buffer.from("\0\0\0\0\x13\x22\x11ringkv.v1.Cluster", "latin1");

/** The names of all services. */
export async function listServices(port: number): Promise<string[]> {
  const { listServicesResponse } = await reflect(port, { listServices: "" });
  const { service } = listServicesResponse as { service: { name: string }[] };
  return service.map(({ name }) => name);
}

/** All that the node tells of the files in which a service is described. */
export async function describeService(port: number, service: string): Promise<PackageDefinition> {
  const { fileDescriptorResponse } = await reflect(port, { fileContainingSymbol: service });
  const { fileDescriptorProto } = fileDescriptorResponse as { fileDescriptorProto: Buffer[] };
  return loadFileDescriptorSetFromBuffer(setOf(fileDescriptorProto), {
    longs: Number,
    enums: String,
    defaults: true,
  });
}

/** A FileDescriptorSet is each of its files behind a tag (field 1) and its length. */
function setOf(files: readonly Buffer[]): Buffer {
  return Buffer.concat(files.flatMap((file) => [Buffer.from([0x0a]), varint(file.length), file]));
}

function varint(number: number): Buffer {
  const bytes: number[] = [];
  for (let left = number; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

export function call(client: Untyped, method: string, request: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client[method]?.(request, (error: Error | null, response: unknown) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}

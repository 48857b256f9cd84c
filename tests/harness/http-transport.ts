/**
 * How a request gets to a node: over a published port, or, for a node without network, from inside
 * its container. Neither repeats a request.
 */

import { execFile } from "node:child_process";
import { Agent } from "node:http";
import { promisify } from "node:util";
import axios, { type AxiosInstance, isAxiosError } from "axios";
import { Refused } from "./cluster.js";

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
  /** Of the body, and of the answer that is wanted; else a value's. */
  readonly type?: string | undefined;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly request: HttpRequest;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface Transport {
  /** Rejects with `Refused` when no answer comes. */
  ask(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

/** The type of every value that the scenarios store. */
const CONTENT_TYPE = "text/plain";
/** Nothing has left this machine then. */
const NOT_CONNECTED = ["ECONNREFUSED", "EHOSTUNREACH"];

export class HttpTransport implements Transport {
  readonly #client: AxiosInstance;
  readonly #agent = new Agent({ keepAlive: true });

  /** @param baseUrl `http://127.0.0.1:8001` */
  constructor(baseUrl: string) {
    this.#client = axios.create({
      baseURL: baseUrl,
      httpAgent: this.#agent,
      proxy: false, // A proxy of the machine knows nothing of these ports.
      responseType: "text",
      transformResponse: (body: unknown) => body, // Values are bytes to us, also those of JSON.
      validateStatus: () => true,
    });
  }

  async ask(request: HttpRequest): Promise<HttpAnswer> {
    const { method, path: url, body, type, timeoutMs: timeout } = request;
    try {
      const answer = await this.#client.request<string>({
        method,
        url,
        timeout,
        headers: {
          ...(body === undefined ? {} : { "content-type": type ?? CONTENT_TYPE }),
          ...(type === undefined ? {} : { accept: type }),
        },
        ...(body === undefined ? {} : { data: Buffer.from(body) }),
      });
      return { request, status: answer.status, headers: answer.headers, body: answer.data };
    } catch (thrown) {
      if (!isAxiosError(thrown)) throw thrown;
      const code = thrown.code ?? "";
      const outcome = NOT_CONNECTED.includes(code) ? "not-applied" : "unknown";
      throw new Refused("no_answer", outcome, `${method} ${url}: ${code} ${thrown.message}`);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** What runs inside the container: one request to the node's own port, the answer as JSON. */
const INSIDE = `
const { method, path, body, timeoutMs, type } = JSON.parse(process.argv[1]);
const headers = body === undefined ? { accept: type } : { "content-type": type };
const signal = AbortSignal.timeout(timeoutMs);
fetch("http://127.0.0.1:" + process.env.HTTP_PORT + path, { method, body, headers, signal }).then(
  async (answer) => {
    const { status } = answer;
    const all = Object.fromEntries(answer.headers);
    process.stdout.write(JSON.stringify({ status, headers: all, body: await answer.text() }));
  },
);`;

export function execTransport(container: string): Transport {
  const run = promisify(execFile);
  return {
    async ask(request) {
      const asked = JSON.stringify({ ...request, type: request.type ?? CONTENT_TYPE });
      try {
        const { stdout } = await run("docker", ["exec", container, "node", "-e", INSIDE, asked]);
        const answer = JSON.parse(stdout) as Omit<HttpAnswer, "request">;
        return { ...answer, request };
      } catch (thrown) {
        const said = String((thrown as { stderr?: unknown }).stderr).slice(0, 500);
        throw new Refused("no_answer", "unknown", `${request.method} ${request.path}: ${said}`);
      }
    },
    close: () => {},
  };
}

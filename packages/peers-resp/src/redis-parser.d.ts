/** What we use of redis-parser, which ships no types. */
declare module "redis-parser" {
  interface ParserOptions {
    returnBuffers: boolean;
    returnReply(reply: unknown): void;
    returnError(error: Error): void;
    returnFatalError(error: Error): void;
  }

  export default class RedisParser {
    constructor(options: ParserOptions);
    execute(chunk: Buffer): void;
  }
}

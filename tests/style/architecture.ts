/**
 * Which package may know which other one, and which package of others it may use. These tables are
 * the architecture: a change of either is a decision, and belongs into the package's DESIGN.md.
 */

/** Arrows point inward only, and adapters do not know each other. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: ["core"],
  "store-redis": ["core", "engine"],
  "peers-resp": ["core", "engine"],
  "jobs-bullmq": ["core", "engine"],
  "api-http": ["core", "engine"],
  testing: ["core", "engine"],
  server: ["core", "engine", "store-redis", "peers-resp", "jobs-bullmq", "api-http"],
};

/** A package exists because of one third-party dependency or one kind of consumer. */
export const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: [],
  "store-redis": ["ioredis"],
  "peers-resp": ["ioredis", "redis-parser"],
  "jobs-bullmq": ["bullmq", "ioredis"],
  "api-http": [
    "@asteasolutions/zod-to-openapi",
    "express",
    "helmet",
    "prom-client",
    "swagger-ui-dist",
    "zod",
  ],
  testing: ["@jest/globals", "ajv", "fast-check"],
  server: ["dotenv", "pino", "zod"],
};

/** What computes and what orchestrates needs nothing of the machine that it runs on. */
export const WITHOUT_NODE_MODULES: readonly string[] = ["core", "engine"];

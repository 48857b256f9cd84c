/**
 * Which package may know which other one, and which package of others it may use. These tables are
 * the architecture: a change of either is a decision, and belongs into the package's DESIGN.md.
 */

/** Arrows point inward only, and adapters do not know each other. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: ["core"],
  access: ["core"],
  "store-redis": ["core", "engine"],
  "peers-resp": ["core", "engine"],
  "jobs-bullmq": ["core", "engine"],
  "archive-fs": ["engine"],
  "mail-smtp": ["core", "engine"],
  "webhook-axios": ["core", "engine"],
  "queue-board": [],
  "api-http": ["core", "engine", "access"],
  "api-grpc": ["core", "engine", "access"],
  testing: ["core", "engine"],
  dashboard: [],
  server: [
    "core",
    "engine",
    "access",
    "store-redis",
    "peers-resp",
    "jobs-bullmq",
    "archive-fs",
    "mail-smtp",
    "webhook-axios",
    "queue-board",
    "api-http",
    "api-grpc",
  ],
  // What people use talks HTTP, and knows nothing of the nodes' code but how a token is written.
  client: [],
  cli: ["client", "access"],
};

/** A package exists because of one third-party dependency or one kind of consumer. */
export const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: [],
  access: [],
  "store-redis": ["ioredis"],
  "peers-resp": ["ioredis", "redis-parser"],
  "jobs-bullmq": ["bullmq", "ioredis"],
  "archive-fs": [],
  "mail-smtp": ["nodemailer"],
  "webhook-axios": ["axios"],
  "queue-board": ["@bull-board/api", "@bull-board/express", "bullmq"],
  "api-http": [
    "@asteasolutions/zod-to-openapi",
    "express",
    "helmet",
    "prom-client",
    "swagger-ui-dist",
    "zod",
  ],
  "api-grpc": ["@grpc/grpc-js", "@grpc/proto-loader", "@grpc/reflection", "grpc-health-check"],
  testing: ["@jest/globals", "ajv", "fast-check", "node-forge"],
  dashboard: ["preact", "uplot"],
  server: ["cron-parser", "dotenv", "pino", "zod"],
  client: ["axios"],
  cli: ["cli-progress", "commander", "string-width"],
};

/** What computes and what orchestrates needs nothing of the machine that it runs on. */
export const WITHOUT_NODE_MODULES: readonly string[] = ["core", "engine"];

/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["@ringkv/source", "node", "node-addons"] },
  testMatch: ["<rootDir>/packages/*/src/**/*.test.ts", "<rootDir>/tests/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/packages/[^/]+/dist/"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        swcrc: false,
        sourceMaps: "inline",
        module: { type: "es6" },
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript" },
          transform: { verbatimModuleSyntax: true },
          keepClassNames: true,
        },
      },
    ],
  },
  injectGlobals: true,
  maxWorkers: 2,
  coverageProvider: "v8",
  collectCoverageFrom: ["packages/*/src/**/*.ts", "!packages/*/src/main.ts"],
};

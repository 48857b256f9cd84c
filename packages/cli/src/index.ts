export { EXIT, type ExitCode } from "./exit-code.js";
export { runCli } from "./run-cli.js";
export type { Keyboard, Screen, Surroundings } from "./surroundings.js";

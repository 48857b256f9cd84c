/**
 * The project's own files, as the style tests see them: what is downloaded, built, generated or
 * left behind by a run is not among them.
 */

import { readdirSync, readFileSync } from "node:fs";

export interface ProjectFile {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly text: string;
}

const NOT_OURS = /^(node_modules|dist.*|generated|coverage|data|\.git|\.env)$/;
const TEXT = /\.(tsx?|mjs|json|md|ya?ml|lua|conf|sh)$|(^|\/)(Dockerfile|run|\.[\w.]+)$/;

export function projectFiles(folder = ""): ProjectFile[] {
  return readdirSync(folder === "" ? "." : folder, { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.test(name))
    .flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return projectFiles(path);
      return entry.isFile() && TEXT.test(path) ? [{ path, text: readFileSync(path, "utf8") }] : [];
    });
}

/**
 * The one error that people are meant to read: its message says what is wrong and what to do.
 *
 * Anything else that is thrown is a bug of the launcher and is printed with its stack.
 */

export class LauncherFailure extends Error {
  /** @override */
  name = "LauncherFailure";
}

/**
 * The message of whatever was thrown. Not `instanceof Error`: under Jest, errors of Node's core
 * come from another realm.
 *
 * @param {unknown} thrown
 * @returns {string}
 */
export function messageOf(thrown) {
  const { message } = /** @type {{message?: unknown}} */ (thrown ?? {});
  return typeof message === "string" ? message : String(thrown);
}

/**
 * The system's code of an error (`EADDRINUSE`), or the empty string.
 *
 * @param {unknown} thrown
 * @returns {string}
 */
export function codeOf(thrown) {
  const { code } = /** @type {{code?: unknown}} */ (thrown ?? {});
  return typeof code === "string" ? code : "";
}

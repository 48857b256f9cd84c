/**
 * The token with which the page shows who it is: in this page's memory and nowhere else. It goes to
 * the members, and, by the page's policy, can go to nobody else; a page that is loaded again asks
 * for it again.
 */

export class Credential {
  #token: string | null = null;

  get isSet(): boolean {
    return this.#token !== null;
  }

  /** For a request. Without a token there is none: nodes without tokens want none. */
  get headers(): Record<string, string> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
  }

  use(token: string): void {
    this.#token = token;
  }
}

/** What may stand in a header, and looks like a token at all. */
export function isSendable(text: string): boolean {
  return /^[\w.~+/-]{1,512}=*$/.test(text);
}

/** The one thing that decoding throws, whatever came. */

/** What came does not follow wire.ts. The other side is a stranger, another build, or broken. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

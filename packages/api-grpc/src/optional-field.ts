/** A field of an answer that is left out when there is nothing to say: null is not on the wire. */

export function setIf<Name extends string, Value>(
  name: Name,
  value: Value | null,
): Partial<Record<Name, Value>> {
  return value === null ? {} : ({ [name]: value } as Record<Name, Value>);
}

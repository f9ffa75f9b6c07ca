/** The part of an address after `?`, as names and texts. */
export type PlainSearch = Record<string, string>;

/** Reads a query string. Every value stays a text: a series id of digits only must not become a number. */
export function parsePlainSearch(search: string): PlainSearch {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Writes a query string that a person can read: colons of times stay colons. */
export function writePlainSearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString().replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

/** A value of a search, if it is there and not empty. */
export function textOf(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A value of a search, if it is one of those allowed. */
export function oneOf<Value extends string>(
  search: Record<string, unknown>,
  name: string,
  allowed: readonly Value[],
): Value | undefined {
  return allowed.find(value => value === search[name]);
}

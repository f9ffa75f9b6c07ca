/** How a cell of a result is shown. */
export interface Cell {
  text: string;
  kind: "number" | "text" | "nothing";
}

/** Writes a cell of a result. Numbers stand as they are: rounding would hide what was asked for. */
export function cellText(value: unknown): Cell {
  if (value === null || value === undefined) return { text: "NULL", kind: "nothing" };
  if (typeof value === "number" || typeof value === "bigint") return { text: String(value), kind: "number" };
  if (typeof value === "string") return { text: value, kind: "text" };
  return { text: JSON.stringify(value), kind: "text" };
}

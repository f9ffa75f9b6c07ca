import type { Quantity } from "../format/quantity.ts";

/** Steps of 1, 2 and 5 times a power of ten. */
const DECIMAL = Array.from({ length: 36 }, (_, power) => [1, 2, 5].map(step => step * 10 ** (power - 12))).flat();

/** Steps of a power of two, so that bytes are marked at whole KiB, MiB and GiB; below one byte as for other numbers. */
const BINARY = [...DECIMAL.filter(step => step < 1), ...Array.from({ length: 62 }, (_, power) => 2 ** power)];

/** The steps between two marks that suit what is measured. */
export function axisSteps(quantity: Quantity): number[] {
  return quantity.measure === "bytes" ? BINARY : DECIMAL;
}

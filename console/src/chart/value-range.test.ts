import { expect, test } from "vitest";
import { axisSteps } from "./axis-steps.ts";
import { valueRange } from "./value-range.ts";

test("an axis begins at zero where zero is near", () => {
  expect(valueRange(1, 10)[0]).toBe(0);
  expect(valueRange(90, 100)[0]).toBeGreaterThan(80);
  expect(valueRange(-10, -1)[1]).toBe(0);
});

test("an axis has room and a height", () => {
  expect(valueRange(90, 100)[1]).toBeGreaterThan(100);
  expect(valueRange(0, 0)).toEqual([0, 1]);
  expect(valueRange(null, null)).toEqual([0, 1]);
  expect(valueRange(5, 5)).toEqual([4, 6]);
});

test("steps grow, and bytes are marked at powers of two", () => {
  for (const quantity of [
    { measure: "bytes" as const, perSecond: false },
    { measure: "count" as const, perSecond: false },
  ]) {
    const steps = axisSteps(quantity);
    expect(steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? 0))).toBe(true);
  }
  expect(axisSteps({ measure: "bytes", perSecond: true })).toContain(2 ** 30);
});

import { expect, test } from "vitest";
import { labelsText, sharedLabels } from "./label-text.ts";

const a = { __name__: "cpu", host: "nest", cpu: "0" };
const b = { __name__: "cpu", host: "nest", cpu: "1" };

test("labels that every series has alike are left out", () => {
  const shared = sharedLabels([a, b]);
  expect(labelsText(a, shared)).toBe("cpu=0");
  expect(labelsText(b, shared)).toBe("cpu=1");
});

test("one series alone keeps its labels", () => {
  expect(labelsText(a, sharedLabels([a]))).toBe("host=nest  cpu=0");
});

import { expect, test, vi } from "vitest";
import { codeFrom, safeNext, takeCode } from "./sign-in-link.ts";

test("the code stands in the fragment", () => {
  expect(codeFrom("#code=abc-123")).toBe("abc-123");
  expect(codeFrom("#other=1")).toBeUndefined();
  expect(codeFrom("")).toBeUndefined();
});

test("taking the code takes it out of the address", () => {
  const replaceState = vi.fn();
  const location = { hash: "#code=abc", pathname: "/sign-in", search: "?next=%2Fwatch" } as Location;
  expect(takeCode(location, { replaceState, state: 1 } as unknown as History)).toBe("abc");
  expect(replaceState).toHaveBeenCalledWith(1, "", "/sign-in?next=%2Fwatch");
});

test.each([
  ["/watch?q=cpu", "/watch?q=cpu"],
  [undefined, "/"],
  ["https://elsewhere.example", "/"],
  ["//elsewhere.example", "/"],
  ["/\\elsewhere.example", "/"],
  ["/sign-in?next=/", "/"],
])("after signing in, %s leads to %s", (next, path) => {
  expect(safeNext(next)).toBe(path);
});

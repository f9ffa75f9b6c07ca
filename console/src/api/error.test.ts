import { afterEach, expect, test, vi } from "vitest";
import { call } from "./client.ts";
import { ApiError, errorFromResponse, TIMED_OUT, UNREACHABLE } from "./error.ts";
import { keepCsrf } from "./http.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  keepCsrf(undefined);
});

const problem = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json", ...headers } });

test("a problem document becomes an error with a next step", async () => {
  const error = await errorFromResponse(
    problem(422, {
      title: "Bad input",
      detail: "No such column.",
      code: "MARU-0301",
      field: "sql",
      next: "See table.list.",
    }),
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error.problem).toEqual({
    title: "Bad input",
    status: 422,
    detail: "No such column.",
    code: "MARU-0301",
    field: "sql",
    next: "See table.list.",
  });
  expect(error.passing).toBe(false);
});

test("a limit says how long to wait", async () => {
  const error = await errorFromResponse(problem(429, { title: "Slow down" }, { "retry-after": "12" }));
  expect(error.retryAfterSeconds).toBe(12);
  expect(error.passing).toBe(true);
});

test("what is no problem document becomes one", async () => {
  const error = await errorFromResponse(
    new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" }),
  );
  expect(error.problem).toMatchObject({ status: 502, code: "HTTP-502", detail: "Bad Gateway" });
});

test("a call that gets no answer says so", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
  await expect(call("table.list", {})).rejects.toMatchObject({ problem: { code: UNREACHABLE, status: 0 } });
  vi.stubGlobal("fetch", () => Promise.reject(new DOMException("late", "TimeoutError")));
  await expect(call("table.list", {})).rejects.toMatchObject({ problem: { code: TIMED_OUT } });
});

test("a cancelled call stays a cancelled call", async () => {
  const cancelled = new DOMException("gone", "AbortError");
  vi.stubGlobal("fetch", () => Promise.reject(cancelled));
  await expect(call("table.list", {}, AbortSignal.abort())).rejects.toBe(cancelled);
});

test("a call goes to its operation's address with the CSRF token", async () => {
  const fetched = vi.fn(async (_path: string, _init: RequestInit) => new Response('{"tables":[]}'));
  vi.stubGlobal("fetch", fetched);
  keepCsrf("secret");
  await expect(call("user.set-password", { name: "a", password: "b" })).resolves.toEqual({ tables: [] });
  const [path, init] = fetched.mock.calls[0] ?? [];
  expect(path).toBe("/api/v1/user/set-password");
  expect(init?.method).toBe("POST");
  expect(init?.headers).toMatchObject({ "x-maru-csrf": "secret" });
});

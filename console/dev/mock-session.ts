import type { IncomingMessage, ServerResponse } from "node:http";
import { MockProblem } from "./mock-problem.ts";

const CSRF = "mock-csrf";
const COOKIE = "maru_mock=1";
const TRIES = 4;

/** Signing in: any name with the password `maru`, or any link code but `used`. */
export class MockSession {
  #failed = 0;

  signedIn(request: IncomingMessage): boolean {
    return request.headers.cookie?.includes(COOKIE) ?? false;
  }

  demand(request: IncomingMessage): void {
    if (!this.signedIn(request)) throw new MockProblem(401, "MARU-0101", "Nobody is signed in.");
    if (request.method !== "GET" && request.headers["x-maru-csrf"] !== CSRF) {
      throw new MockProblem(403, "MARU-0103", "The call carries no CSRF token.", { next: "Reload the page." });
    }
  }

  answer(request: IncomingMessage, response: ServerResponse, path: string, body: Record<string, unknown>): unknown {
    if (path === "/link") return this.#byLink(response, body.code);
    if (request.method === "POST") return this.#byPassword(response, body.password);
    this.demand(request);
    if (request.method === "DELETE") {
      response.setHeader("set-cookie", `${COOKIE}; Path=/; Max-Age=0`);
      return {};
    }
    return {
      principal: { name: "jiwoo", kind: "person", role: "admin" },
      csrf: CSRF,
      expires: new Date(Date.now() + 864e5).toISOString(),
    };
  }

  #byLink(response: ServerResponse, code: unknown): unknown {
    if (code === "used") {
      throw new MockProblem(401, "MARU-0105", "This one-time link was used already.", {
        next: "Run `maru user link` on the machine that Maru runs on for a new one.",
      });
    }
    return this.#enter(response);
  }

  #byPassword(response: ServerResponse, password: unknown): unknown {
    if (password === "maru") return this.#enter(response);
    this.#failed += 1;
    if (this.#failed > TRIES) {
      this.#failed = 0;
      throw new MockProblem(429, "MARU-0104", "Too many failed sign-ins.", { retryAfter: 20 });
    }
    throw new MockProblem(401, "MARU-0102", "The name or the password is wrong.", {
      next: "Check both, or ask an admin to set a new password.",
    });
  }

  #enter(response: ServerResponse): unknown {
    this.#failed = 0;
    response.setHeader("set-cookie", `${COOKIE}; Path=/; SameSite=Strict; HttpOnly`);
    return {};
  }
}

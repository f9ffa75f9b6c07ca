import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import type { Operation } from "../src/api/client.ts";
import { MadeUpHost, type Scenario } from "./made-up-host.ts";
import { mockEvents } from "./mock-events.ts";
import { type Answers, mockOperations } from "./mock-operations.ts";
import { MockProblem } from "./mock-problem.ts";
import { MockSession } from "./mock-session.ts";

interface Mock {
  host: MadeUpHost;
  session: MockSession;
  answers: Answers;
  /** Whether the event stream is refused, to see the console reconnect. */
  deaf: boolean;
}

/** An API with made-up data for the development server; never part of the built console. */
export function mockApi(): Plugin {
  return {
    name: "maru-mock-api",
    apply: "serve",
    configureServer(server) {
      const host = new MadeUpHost();
      const mock: Mock = { host, session: new MockSession(), answers: mockOperations(host), deaf: false };
      server.middlewares.use("/api/v1", (request, response) => void handle(mock, request, response));
    },
  };
}

async function handle(mock: Mock, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://mock");
  try {
    if (url.pathname.startsWith("/mock/")) return send(response, 200, control(mock, url.pathname.slice(6)));
    const body = JSON.parse((await read(request)) || "{}") as Record<string, unknown>;
    if (url.pathname.startsWith("/session"))
      return send(response, 200, mock.session.answer(request, response, url.pathname.slice(8), body));
    mock.session.demand(request);
    if (url.pathname === "/events") {
      if (mock.deaf) throw new MockProblem(503, "MARU-0503", "No events right now.");
      return mockEvents(mock.host, request, response, url.searchParams);
    }
    const answer = mock.answers[url.pathname.slice(1).replace("/", ".") as Operation] as
      | ((input: unknown) => unknown)
      | undefined;
    if (!answer) throw new MockProblem(404, "MARU-0002", `There is no ${url.pathname}.`);
    send(response, 200, answer(body));
  } catch (error) {
    fail(response, error instanceof MockProblem ? error : new MockProblem(500, "MARU-0001", String(error)));
  }
}

/** `/api/v1/mock/calm` changes how the host is; `/api/v1/mock/deaf` and `/api/v1/mock/hearing` stop and start events. */
function control(mock: Mock, word: string): unknown {
  if (word === "deaf" || word === "hearing") mock.deaf = word === "deaf";
  else mock.host.scenario = word as Scenario;
  return { word };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, problem: MockProblem): void {
  const { status, code, message, more } = problem;
  if (more.retryAfter !== undefined) response.setHeader("retry-after", String(more.retryAfter));
  response.writeHead(status, { "content-type": "application/problem+json" }).end(
    JSON.stringify({
      type: "about:blank",
      title: message,
      status,
      detail: message,
      code,
      field: more.field,
      next: more.next,
    }),
  );
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { MadeUpHost } from "./made-up-host.ts";

const EVERY_MS = 5_000;

/** Streams judged samples of the series that are asked for. */
export function mockEvents(
  host: MadeUpHost,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": hello\n\n");
  const tell = () => {
    if (!query.getAll("kind").includes("SampleJudged")) return void response.write(": still here\n\n");
    const now = Date.now();
    for (const key of query.getAll("key")) {
      const one = host.find(key);
      if (!one) continue;
      const data = JSON.stringify({
        kind: "SampleJudged",
        time: new Date(now).toISOString(),
        key,
        data: host.judge(one, now),
      });
      response.write(`event: SampleJudged\ndata: ${data}\n\n`);
    }
  };
  const timer = setInterval(tell, EVERY_MS);
  request.on("close", () => clearInterval(timer));
}

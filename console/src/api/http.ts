import { ApiError, errorFromFailure, errorFromResponse } from "./error.ts";

/** How long an answer may take, unless the caller says otherwise. */
const DEADLINE_MS = 30_000;

let csrf: string | undefined;

/** Keeps the session's CSRF token for the calls that follow, or forgets it. */
export function keepCsrf(token: string | undefined): void {
  csrf = token;
}

export interface Sending {
  method: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
  deadlineMs?: number | undefined;
}

/** Sends one request to Maru and reads its JSON answer. Every failure but a cancelled one is an `ApiError`. */
export async function send<Answer>(
  path: string,
  { method, body, signal, deadlineMs = DEADLINE_MS }: Sending,
): Promise<Answer> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (csrf !== undefined && method !== "GET") headers["x-maru-csrf"] = csrf;
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    if (!response.ok) throw await errorFromResponse(response);
    const answer = await response.text();
    return (answer === "" ? {} : JSON.parse(answer)) as Answer;
  } catch (cause) {
    if (cause instanceof ApiError || signal?.aborted) throw cause;
    throw errorFromFailure(cause);
  }
}

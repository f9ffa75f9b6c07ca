/** What the server says when a call fails, as RFC 9457 has it. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  /** Stable code: `MARU-` and four digits, or one of the console's own for what never reached Maru. */
  code: string;
  field?: string | undefined;
  next?: string | undefined;
}

/** The server could not be reached at all. */
export const UNREACHABLE = "CONSOLE-UNREACHABLE";
/** The server took longer than the console waits. */
export const TIMED_OUT = "CONSOLE-TIMED-OUT";

/** A call that failed, in a form that can be shown to a person. */
export class ApiError extends Error {
  readonly problem: Problem;
  /** Seconds to wait before the next try, where the server said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Whether the same call may work a moment later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Reads the error out of an answer that is not a success. Never throws: what is no problem document becomes one. */
export async function errorFromResponse(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  return new ApiError(problemFrom(body, response), retryAfter(response.headers.get("retry-after")));
}

/** The error for a call that got no answer. */
export function errorFromFailure(cause: unknown): ApiError {
  const timedOut = cause instanceof DOMException && cause.name === "TimeoutError";
  return new ApiError({
    title: timedOut ? "The answer took too long" : "The server cannot be reached",
    status: 0,
    detail: "",
    code: timedOut ? TIMED_OUT : UNREACHABLE,
  });
}

function problemFrom(body: unknown, response: Response): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const title = text(fields.title) ?? (response.statusText || `HTTP ${response.status}`);
  return {
    title,
    status: response.status,
    detail: text(fields.detail) ?? title,
    code: text(fields.code) ?? `HTTP-${response.status}`,
    field: text(fields.field),
    next: text(fields.next),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `Retry-After` is either seconds or a date; Maru sends seconds, a proxy in front of it may send the other. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : undefined;
}

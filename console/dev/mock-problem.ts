/** A failure that the mock answers with, as RFC 9457 has it. */
export class MockProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: { field?: string; next?: string; retryAfter?: number };

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { field?: string; next?: string; retryAfter?: number } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

import type { Output } from "./client.ts";

/** One series of samples and what is known of it. */
export type Series = Output<"series.list">["series"][number];

/** What the detector says of a series. */
export type SeriesState = "warming" | "normal" | "anomalous";

/** Reads a series' state; one that the console does not know counts as normal. */
export function seriesState(state: string): SeriesState {
  return state === "warming" || state === "anomalous" ? state : "normal";
}

/** A series over a window of time: aligned columns of samples and band. */
export type SeriesWindow = Output<"series.read">;

/** A stretch of time in which a series left its band. */
export type Anomaly = Output<"anomaly.list">["anomalies"][number];

/** How the host and Maru itself are. */
export type Overview = Output<"watch.overview">;

/** A series that stands for the host. */
export type Headline = Overview["headline"][number];

/** The answer to a SQL statement. */
export type SqlResult = Output<"sql.query">;

/** A table that SQL can read. */
export type Table = Output<"table.list">["tables"][number];

/** An API token, without its secret. */
export type Token = Output<"token.list">["tokens"][number];

/** What an API token may do. */
export type Scope = Token["scope"];

/** A person who can sign in. */
export type User = Output<"user.list">["users"][number];

/** What a person may do. */
export type Role = User["role"];

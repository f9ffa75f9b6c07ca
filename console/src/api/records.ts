import type { Output } from "./client.ts";

/** One series of samples and what is known of it. */
export type Series = Output<"series.list">["series"][number];

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

import { textOf } from "../../plain-search.ts";

/** What stands in the SQL box; stands in the address, and is run only when the person says so. */
export interface DataSearch {
  sql?: string | undefined;
}

/** Reads the statement out of an address. */
export function parseDataSearch(search: Record<string, unknown>): DataSearch {
  return { sql: textOf(search, "sql") };
}

import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Page } from "../../elements/page.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./data.module.css";
import { ResultTable } from "./result-table.tsx";
import { SqlBox } from "./sql-box.tsx";
import { TableList } from "./table-list.tsx";

const ROWS = 1_000;

/** Everything Maru knows is a table: ask it in SQL. */
export function DataPage() {
  const { t } = useLanguage();
  const { sql: asked } = useSearch({ from: "/signed-in/data" });
  const navigate = useNavigate({ from: "/data" });
  const [sql, setSql] = useState(asked ?? "");
  const result = useMutation({
    mutationFn: async (statement: string) => {
      const began = performance.now();
      const answer = await call("sql.query", { sql: statement, limit: ROWS });
      return { ...answer, tookMs: performance.now() - began };
    },
  });
  const run = () => {
    if (sql.trim() === "") return;
    void navigate({ search: { sql }, replace: true });
    result.mutate(sql);
  };
  return (
    <Page title={t("nav.data")}>
      <div className={style.layout}>
        <TableList onPick={table => setSql(`SELECT * FROM ${table} LIMIT 100`)} />
        <div className={style.work}>
          <SqlBox sql={sql} onChange={setSql} onRun={run} running={result.isPending} />
          {result.error && <ErrorNotice error={result.error} />}
          {result.data && <ResultTable result={result.data} tookMs={result.data.tookMs} />}
          {result.isIdle && <EmptyState title={t("data.idle")} hint={t("data.idle.hint")} />}
        </div>
      </div>
    </Page>
  );
}

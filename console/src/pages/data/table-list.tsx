import { Skeleton, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import type { Table } from "../../api/records.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./data.module.css";

/** The tables there are, with what they hold. Picking one writes a statement that reads it. */
export function TableList({ onPick }: { onPick: (table: string) => void }) {
  const { t } = useLanguage();
  const found = useQuery({
    queryKey: ["table.list"],
    queryFn: ({ signal }) => call("table.list", {}, signal),
    staleTime: 60_000,
  });
  return (
    <section className={style.tables} aria-label={t("data.tables")}>
      <h2>{t("data.tables")}</h2>
      {found.isPending && <Skeleton height={240} />}
      {found.error && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.tables.length === 0 && (
        <EmptyState title={t("data.tables.none")} hint={t("data.tables.none.hint")} />
      )}
      <ul>
        {found.data?.tables.map(table => (
          <TableItem key={table.name} table={table} onPick={onPick} />
        ))}
      </ul>
    </section>
  );
}

function TableItem({ table, onPick }: { table: Table; onPick: (table: string) => void }) {
  const { t } = useLanguage();
  return (
    <li>
      <div className={style.tableHead}>
        <UnstyledButton className={style.tableName} onClick={() => onPick(table.name)} title={t("data.pick")}>
          {table.name}
        </UnstyledButton>
        <span>{t(`data.store.${table.store}`)}</span>
      </div>
      <p>{table.comment}</p>
      <details>
        <summary>{t("data.columns")}</summary>
        <dl>
          {table.columns.map(column => (
            <div key={column.name}>
              <dt>
                {column.name} <small>{column.type}</small>
              </dt>
              {column.comment && <dd>{column.comment}</dd>}
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

import type { SqlResult } from "../../api/records.ts";
import { formatQuantity } from "../../format/format-quantity.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import { cellText } from "./cell-text.ts";
import style from "./data.module.css";

/** The answer to a statement. */
export function ResultTable({ result, tookMs }: { result: SqlResult; tookMs: number }) {
  const { t, counted, locale } = useLanguage();
  const took = formatQuantity(tookMs / 1_000, { measure: "seconds", perSecond: false }, locale);
  return (
    <div className={style.result}>
      <p className={style.resultBar} role="status">
        {counted("data.rows", result.rows.length)} · {took}
        {result.truncated && <strong>{t("data.truncated")}</strong>}
      </p>
      <section className={style.scroll} aria-label={t("data.result")} tabIndex={-1}>
        <table data-testid="sql-result">
          <thead>
            <tr>
              {result.columns.map((column, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a result may have two columns of one name, and none ever moves
                <th key={i} scope="col">
                  {column.name}
                  <small>{column.type}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {result.rows.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a result have no identity, and none ever moves
              <tr key={i}>
                {row.map((value, j) => {
                  const { text, kind } = cellText(value);
                  return (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above
                    <td key={j} data-kind={kind} title={text.length > 60 ? text : undefined}>
                      {text}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

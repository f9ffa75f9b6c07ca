import { Button, Kbd } from "@mantine/core";
import { Icon } from "../../elements/icon.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./data.module.css";

interface SqlBoxProps {
  sql: string;
  onChange: (sql: string) => void;
  onRun: () => void;
  running: boolean;
}

/** Where a statement is written and run. */
export function SqlBox({ sql, onChange, onRun, running }: SqlBoxProps) {
  const { t } = useLanguage();
  return (
    <div className={style.box}>
      <textarea
        className={style.sql}
        data-testid="sql-box"
        aria-label={t("data.sql")}
        placeholder="SELECT name, count(*) FROM samples GROUP BY name"
        rows={Math.min(Math.max(sql.split("\n").length, 4), 16)}
        value={sql}
        onChange={event => onChange(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          onRun();
        }}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
      />
      <div className={style.boxBar}>
        <span className={style.boxHint}>{t("data.readOnly")}</span>
        <span className={style.boxKeys} aria-hidden="true">
          <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd>
        </span>
        <Button
          size="xs"
          data-testid="sql-run"
          leftSection={<Icon name="play" size={14} />}
          loading={running}
          disabled={sql.trim() === ""}
          onClick={onRun}
        >
          {t("data.run")}
        </Button>
      </div>
    </div>
  );
}

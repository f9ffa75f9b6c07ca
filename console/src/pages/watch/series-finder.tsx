import { Button, Kbd, SegmentedControl, Skeleton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { call } from "../../api/client.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Icon } from "../../elements/icon.tsx";
import { sharedLabels } from "../../elements/label-text.ts";
import { formatInteger } from "../../format/number.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import { SEARCH_BOX_ID } from "../../shell/use-shortcuts.ts";
import type { View } from "../../view/view.ts";
import { SeriesRow } from "./series-row.tsx";
import style from "./watch.module.css";

interface SeriesFinderProps {
  view: View;
  onChange: (part: Partial<View>, replace?: boolean) => void;
}

const AT_ONCE = 100;
const TYPING_MS = 180;
const REFRESH_MS = 10_000;

/** A search box and the series it finds. */
export function SeriesFinder({ view, onChange }: SeriesFinderProps) {
  const { t, counted, locale } = useLanguage();
  const list = useRef<HTMLUListElement>(null);
  const [text, setText] = useSearchText(view.q, q => onChange({ q }, true));
  const found = useInfiniteQuery({
    queryKey: ["series.list", view.q ?? "", view.state ?? ""],
    queryFn: ({ pageParam, signal }) =>
      call("series.list", { match: view.q, state: view.state, limit: AT_ONCE, offset: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (pages.length * AT_ONCE < last.total ? pages.length * AT_ONCE : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  const series = found.data?.pages.flatMap(page => page.series) ?? [];
  const shared = useMemo(
    () => sharedLabels((found.data?.pages ?? []).flatMap(page => page.series).map(one => one.labels)),
    [found.data],
  );
  const total = found.data?.pages.at(-1)?.total ?? 0;
  const narrowed = view.q !== undefined || view.state !== undefined;

  return (
    <div className={style.finder}>
      <h1 className={style.finderTitle}>{t("nav.watch")}</h1>
      <TextInput
        id={SEARCH_BOX_ID}
        data-testid="series-search"
        type="search"
        aria-label={t("watch.search")}
        placeholder={t("watch.search")}
        value={text}
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={event => moveIntoList(event, list.current)}
        leftSection={<Icon name="search" size={16} />}
        rightSection={text === "" ? <Kbd size="xs">/</Kbd> : undefined}
        autoComplete="off"
        spellCheck={false}
      />
      <div className={style.finderBar}>
        <SegmentedControl
          aria-label={t("watch.filter")}
          value={view.state ?? "all"}
          onChange={value => onChange({ state: value === "anomalous" ? "anomalous" : undefined }, true)}
          data={[
            { value: "all", label: t("watch.filter.all") },
            { value: "anomalous", label: t("watch.filter.anomalous") },
          ]}
        />
        {found.data && <span className={style.count}>{counted("watch.count", total)}</span>}
      </div>
      {found.error && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <RowSkeletons />}
      {found.data && series.length === 0 && (
        <EmptyState
          title={t(narrowed ? "watch.none" : "watch.empty")}
          hint={t(narrowed ? "watch.none.hint" : "watch.empty.hint")}
          action={
            narrowed && (
              <Button variant="default" size="xs" onClick={() => onChange({ q: undefined, state: undefined })}>
                {t("watch.none.clear")}
              </Button>
            )
          }
        />
      )}
      <ul ref={list} className={style.rows} aria-busy={found.isPlaceholderData} onKeyDown={moveBetweenRows}>
        {series.map(one => (
          <SeriesRow key={one.id} series={one} view={view} shared={shared} />
        ))}
      </ul>
      {found.hasNextPage && (
        <Button
          variant="default"
          size="xs"
          loading={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {t("watch.more", { shown: formatInteger(series.length, locale), total: formatInteger(total, locale) })}
        </Button>
      )}
    </div>
  );
}

function RowSkeletons() {
  return (
    <div className={style.skeletons}>
      {Array.from({ length: 8 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: these are all alike
        <Skeleton key={i} height={40} />
      ))}
    </div>
  );
}

/** The text in the box, which reaches the address after a pause in typing, and follows it when it changes from elsewhere. */
function useSearchText(
  q: string | undefined,
  onPause: (q: string | undefined) => void,
): [string, (text: string) => void] {
  const [text, setText] = useState(q ?? "");
  const sent = useRef(q);
  const send = useDebouncedCallback((typed: string) => {
    sent.current = typed.trim() === "" ? undefined : typed.trim();
    onPause(sent.current);
  }, TYPING_MS);
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setText(q ?? "");
  }, [q]);
  return [
    text,
    typed => {
      setText(typed);
      send(typed);
    },
  ];
}

function moveIntoList(event: KeyboardEvent, list: HTMLElement | null): void {
  const first = list?.querySelector<HTMLElement>("a");
  if (event.key === "Enter") first?.click();
  if (event.key === "ArrowDown" && first) {
    event.preventDefault();
    first.focus();
  }
}

function moveBetweenRows(event: KeyboardEvent<HTMLUListElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("a")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  event.preventDefault();
  const before = at === 0 ? document.getElementById(SEARCH_BOX_ID) : rows[at - 1];
  const next = event.key === "ArrowDown" ? rows[at + 1] : before;
  next?.focus();
}

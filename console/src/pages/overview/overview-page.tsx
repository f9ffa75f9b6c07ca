import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { AnomalyList } from "../../anomaly/anomaly-list.tsx";
import { call } from "../../api/client.ts";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Page } from "../../elements/page.tsx";
import { Section } from "../../elements/section.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import { usePolling } from "../../live/live-context.tsx";
import { Headlines } from "./headlines.tsx";
import { MaruFigures } from "./maru-figures.tsx";
import style from "./overview.module.css";
import { statusOf } from "./status.ts";
import { StatusSentence } from "./status-sentence.tsx";

const REFRESH_MS = 10_000;
const SHOWN = 50;

/** Is anything wrong, since when, and what to do. Open anomalies stand in the order in which they began. */
export function OverviewPage() {
  const { t } = useLanguage();
  const refetchInterval = usePolling(REFRESH_MS);
  const overview = useQuery({
    queryKey: ["watch.overview"],
    queryFn: ({ signal }) => call("watch.overview", {}, signal),
    refetchInterval,
  });
  const open = useQuery({
    queryKey: ["anomaly.list", "open"],
    queryFn: ({ signal }) => call("anomaly.list", { open: true, limit: SHOWN }, signal),
    refetchInterval,
  });
  const error = overview.error ?? open.error;
  const anomalies = [...(open.data?.anomalies ?? [])].reverse();

  return (
    <Page title={t("nav.overview")}>
      {error && <ErrorNotice error={error} onRetry={() => void Promise.all([overview.refetch(), open.refetch()])} />}
      {!error && (overview.isPending || open.isPending) && <OverviewSkeleton />}
      {overview.data && open.data && (
        <StatusSentence status={statusOf(overview.data, anomalies)} host={overview.data.host} />
      )}
      {anomalies.length > 0 && (
        <Section
          title={t("overview.open")}
          actions={
            <Link to="/anomalies" className={style.more}>
              {t("overview.all")}
            </Link>
          }
        >
          <AnomalyList anomalies={anomalies} />
        </Section>
      )}
      {overview.data && (
        <>
          <Headlines overview={overview.data} />
          <MaruFigures overview={overview.data} />
        </>
      )}
    </Page>
  );
}

function OverviewSkeleton() {
  return (
    <>
      <Skeleton height={72} />
      <Skeleton height={320} />
    </>
  );
}

import type { MessageKey, Translate } from "../../i18n/translate.ts";

const TITLES: Record<string, Extract<MessageKey, `headline.title.${string}`>> = {
  cpu: "headline.title.cpu",
  memory: "headline.title.memory",
  swap: "headline.title.swap",
  disk: "headline.title.disk",
  network: "headline.title.network",
  load: "headline.title.load",
};

/** A headline's title in the reader's language; one that the console does not know stands as the server has it, but for a capital. */
export function headlineTitle(title: string, t: Translate): string {
  const key = TITLES[title.toLowerCase()];
  return key ? t(key) : title.charAt(0).toUpperCase() + title.slice(1);
}

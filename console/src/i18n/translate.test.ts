import { expect, test } from "vitest";
import { en } from "./en.ts";
import { ko } from "./ko.ts";
import { initialLanguage, localeFor } from "./language-choice.ts";
import { countedTranslator, type MessageKey, translator } from "./translate.ts";

const keys = Object.keys(en) as MessageKey[];
const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]).sort();

test("both languages have the same messages", () => {
  expect(Object.keys(ko).sort()).toEqual([...keys].sort());
});

test.each(keys)("%s has the same blanks in both languages, and is not empty", key => {
  expect(blanks(ko[key])).toEqual(blanks(en[key]));
  expect(ko[key].trim()).not.toBe("");
});

test("blanks are filled in", () => {
  expect(translator("en")("status.calm", { host: "nest" })).toBe("Everything on nest is within its expected range.");
  expect(translator("ko")("status.calm", { host: "nest" })).toContain("nest");
});

test("a count takes the form that its number asks for", () => {
  const counted = countedTranslator("en", "en");
  expect(counted("anomalies.count", 1)).toBe("1 anomaly");
  expect(counted("anomalies.count", 1_200)).toBe("1,200 anomalies");
  expect(countedTranslator("ko", "ko")("anomalies.count", 1)).toBe("이상 1건");
});

test("the language is the one chosen before, else the first that is asked for and spoken", () => {
  expect(initialLanguage("ko", ["en-US"])).toBe("ko");
  expect(initialLanguage(null, ["fr-FR", "ko-KR", "en"])).toBe("ko");
  expect(initialLanguage("xx", ["fr"])).toBe("en");
  expect(localeFor("en", ["ko-KR", "en-IN"])).toBe("en-IN");
  expect(localeFor("ko", ["en"])).toBe("ko-KR");
});

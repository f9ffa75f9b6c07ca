import { en } from "./en.ts";
import { ko } from "./ko.ts";

/** The languages the console speaks. */
export type Language = "en" | "ko";

/** The key of a message. */
export type MessageKey = keyof typeof en;

/** A dictionary in one of the languages: every message of the English one, and no other. */
export type Dictionary = Record<MessageKey, string>;

type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Arguments<Text> = [Names<Text>] extends [never] ? [] : [Record<Names<Text>, string>];
type CountedKey = MessageKey extends infer Key ? (Key extends `${infer Base}.other` ? Base : never) : never;

/** Writes a message; its arguments are what stands in braces. */
export type Translate = <Key extends MessageKey>(key: Key, ...args: Arguments<(typeof en)[Key]>) => string;

/** Writes a message that counts something, in the form the number asks for. */
export type TranslateCounted = (key: CountedKey, count: number) => string;

const DICTIONARIES: Record<Language, Dictionary> = { en, ko };

/** The writer of messages in a language. */
export function translator(language: Language): Translate {
  return (key, ...args) => fill(DICTIONARIES[language][key], args[0] ?? {});
}

/** The writer of counted messages in a language, numbers in the way of `locale`. */
export function countedTranslator(language: Language, locale: string): TranslateCounted {
  const rules = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(locale);
  return (key, count) => {
    const form = rules.select(count) === "one" ? "one" : "other";
    return fill(DICTIONARIES[language][`${key}.${form}`], { count: number.format(count) });
  };
}

function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => values[name] ?? braces);
}

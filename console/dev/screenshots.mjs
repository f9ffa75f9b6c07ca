// Takes pictures of every page with made-up data: `npm run screenshots [folder]`. Needs Debian's package `chromium`.
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const folder = process.argv[2] ?? join(tmpdir(), "maru-console");
const only = process.argv[3];
await mkdir(folder, { recursive: true });

const server = await createServer({ server: { port: 5199 }, logLevel: "error" });
await server.listen();
const address = "http://localhost:5199";
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 375, height: 740 };

const scenario = word => fetch(`${address}/api/v1/mock/${word}`);
const firstSeries = async page => {
  await page.goto(`${address}/watch?q=host_cpu_busy`);
  await page.getByTestId("series-row").first().click();
  await page.getByTestId("series-chart").waitFor();
};
const open = path => page => page.goto(address + path);

const SHOTS = [
  { name: "sign-in", signedIn: false, show: open("/sign-in") },
  { name: "overview", show: open("/") },
  { name: "overview-calm", scenario: "calm", show: open("/") },
  { name: "overview-learning", scenario: "learning", show: open("/") },
  { name: "overview-empty", scenario: "empty", show: open("/") },
  { name: "watch-find", show: open("/watch?q=checkout") },
  { name: "watch-series", show: firstSeries },
  { name: "anomalies", show: open("/anomalies") },
  {
    name: "data",
    show: async page => {
      await page.goto(`${address}/data?sql=SELECT+*+FROM+series`);
      await page.getByTestId("sql-run").click();
      await page.getByTestId("sql-result").waitFor();
    },
  },
  { name: "settings", show: open("/settings") },
];

for (const { name, signedIn = true, scenario: word = "wrong", show } of SHOTS) {
  if (only && !name.includes(only)) continue;
  for (const [language, scheme, size] of [
    ["en", "light", WIDE],
    ["ko", "dark", WIDE],
    ["ko", "light", NARROW],
    ["en", "dark", NARROW],
  ]) {
    await scenario(word);
    const context = await browser.newContext({
      viewport: size,
      colorScheme: scheme,
      locale: language,
      timezoneId: "Asia/Seoul",
    });
    if (signedIn) await context.addCookies([{ name: "maru_mock", value: "1", url: address }]);
    const page = await context.newPage();
    const complaints = [];
    page.on("console", message => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", error => complaints.push(String(error)));
    await show(page);
    await page.waitForTimeout(1_500);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    await page.screenshot({ path: join(folder, `${name}-${language}-${scheme}-${size.width}.png`), fullPage: true });
    process.stdout.write(
      `${name} ${language} ${scheme} ${size.width}${overflow > 0 ? ` overflows by ${overflow} px` : ""} ${complaints.join(" | ")}\n`,
    );
    await context.close();
  }
}

await browser.close();
// Open event streams would keep the server from closing by itself.
process.exit(0);

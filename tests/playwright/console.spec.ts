import { type Locator, type Page, expect, test } from "@playwright/test";
import { Maru } from "./maru.ts";

test.describe.configure({ mode: "serial" });

let maru: Maru;
let page: Page;
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  maru = await Maru.start();
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB" });
  page = await context.newPage();
  page.on("pageerror", error => complaints.push(String(error)));
  page.on("console", message => {
    if (message.type() === "error" && /Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
});

test.afterAll(async () => {
  await page?.close();
  await maru?.stop();
});

/** How many points of a chart have a band. */
async function bandPoints(chart: Locator): Promise<number> {
  return Number(await chart.getAttribute("data-band-points"));
}

/** How much time a chart shows, in milliseconds. */
async function span(chart: Locator): Promise<number> {
  return Number(await chart.getAttribute("data-to-ms")) - Number(await chart.getAttribute("data-from-ms"));
}

test("whoever is not signed in sees the form", async () => {
  await page.goto(maru.url);
  await expect(page.getByTestId("sign-in-form")).toBeVisible();
});

test("the link signs in once, and its code leaves the address", async ({ browser }) => {
  await page.goto(maru.signInLink);
  await expect(page.getByTestId("overview-status")).toBeVisible();
  expect(page.url()).not.toContain("code=");
  const cookies = await page.context().cookies();
  expect(cookies.map(cookie => [cookie.httpOnly, cookie.sameSite])).toEqual([[true, "Strict"]]);

  const other = await browser.newPage();
  await other.goto(maru.signInLink);
  await expect(other.getByTestId("sign-in-form")).toBeVisible();
  await other.close();
});

test("the overview shows this machine with bands within a minute of the start", async () => {
  await page.goto(maru.url);
  const charts = page.getByTestId("headline-chart").getByTestId("chart-band");
  await expect(charts.first()).toBeVisible();
  await expect.poll(() => charts.count()).toBeGreaterThanOrEqual(4);
  await expect.poll(() => bandPoints(charts.first()), { timeout: 60_000 }).toBeGreaterThan(3);
});

test("a series is found by words, and its chart and band are live", async () => {
  await page.goto(`${maru.url}/watch`);
  await page.keyboard.press("/");
  await page.getByTestId("series-search").fill("cpu busy");
  await page.getByTestId("series-row").first().click();
  const chart = page.getByTestId("series-chart").getByTestId("chart-band");
  await expect.poll(() => bandPoints(chart)).toBeGreaterThan(3);
  const before = Number(await chart.getAttribute("data-points"));
  await expect.poll(async () => Number(await chart.getAttribute("data-points"))).toBeGreaterThan(before);
});

test("dragging zooms, the link opens the same view, and a button resets it", async () => {
  const chart = page.getByTestId("series-chart").getByTestId("chart-band");
  const whole = await span(chart);
  const plot = await chart.boundingBox();
  if (!plot) throw new Error("the chart has no place on the page");
  await page.mouse.move(plot.x + plot.width * 0.5, plot.y + plot.height / 2);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width * 0.8, plot.y + plot.height / 2, { steps: 10 });
  await page.mouse.up();
  await expect.poll(() => span(chart)).toBeLessThan(whole * 0.6);
  const zoomed = await span(chart);

  const again = await page.context().newPage();
  await again.goto(page.url());
  const same = again.getByTestId("series-chart").getByTestId("chart-band");
  await expect(same).toBeVisible();
  await expect.poll(async () => Math.abs((await span(same)) - zoomed)).toBeLessThan(2_000);
  await again.close();

  await page.getByTestId("reset-zoom").click();
  await expect.poll(() => span(chart)).toBeGreaterThan(zoomed * 1.5);
});

test("Korean is one click away, and stays", async () => {
  await page.goto(maru.url);
  await page.getByTestId("language-switch").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("개요");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("개요");
  await page.getByTestId("language-switch").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});

test("every page fits a phone, in dark and in light", async ({}, info) => {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 375, height: 812 });
    for (const path of ["/", "/watch", "/anomalies", "/data", "/settings"]) {
      await page.goto(maru.url + path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${path} scrolls sideways`).toBeLessThanOrEqual(0);
      await page.screenshot({ path: info.outputPath(`phone-${colorScheme}${path.replaceAll("/", "-")}.png`) });
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
});

test("SQL answers in the browser", async () => {
  await page.goto(`${maru.url}/data`);
  await page.getByTestId("sql-box").fill("SELECT count(*) AS samples FROM samples");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByTestId("sql-result")).toContainText("samples");
});

test("no page broke a rule of its own", () => {
  expect(complaints).toEqual([]);
});

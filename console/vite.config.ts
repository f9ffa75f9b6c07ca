import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { mockApi } from "./dev/mock-api.ts";

/** A running Maru to develop against, such as `http://127.0.0.1:7171`; without one the console talks to made-up data. */
const server = process.env.MARU_SERVER;

/** Holds the first paint until the console has set its colour scheme, which no inline script may do here. */
const nothingBeforeTheScheme: Plugin = {
  name: "maru-nothing-before-the-scheme",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: html => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
};

export default defineConfig({
  plugins: [react(), nothingBeforeTheScheme, ...(server ? [] : [mockApi()])],
  server: { proxy: server ? { "/api": { target: server, changeOrigin: false } } : {} },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});

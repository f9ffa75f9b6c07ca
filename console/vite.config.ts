import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { mockApi } from "./dev/mock-api.ts";

/** A running Maru to develop against, such as `http://127.0.0.1:8440`; without one the console talks to made-up data. */
const server = process.env.MARU_SERVER;

export default defineConfig({
  plugins: [react(), ...(server ? [] : [mockApi()])],
  server: { proxy: server ? { "/api": { target: server, changeOrigin: false } } : {} },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});

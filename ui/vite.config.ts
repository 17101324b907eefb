// Build and development settings. Assets are hashed, paths are relative to <base href>, and no code is inlined into
// index.html, because the page is served under a strict content security policy.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` sends API calls: a running Oriel, or `npm run mock`. */
const backend = process.env.ORIEL_URL ?? "http://127.0.0.1:3999";

const proxy = {
  "/api": backend,
  "/login": {
    target: backend,
    // The address is a page for those who open it.
    bypass: (request: { method?: string }) => (request.method === "GET" ? "/index.html" : undefined),
  },
  "/logout": backend,
  "/goto": backend,
  "/loki": { target: backend, ws: true },
  "/tempo": backend,
};

/** The policy of `crates/server/src/ui.rs`: what it forbids must fail here too. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "font-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; " +
  "frame-ancestors 'self'; form-action 'self'";

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy },
  preview: { proxy, headers: { "content-security-policy": POLICY } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});

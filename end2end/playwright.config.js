// Every test runs four times: on a desk and on a phone, with JavaScript and without.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defineConfig } from '@playwright/test';
import { launchOptions } from './browser.js';

const top = path.resolve(import.meta.dirname, '..');
const target = path.resolve(top, process.env.CARGO_TARGET_DIR || 'target');
const site = path.resolve(top, process.env.ASP_ACCESS_SITE || path.join(target, 'site'));
const port = Number(process.env.PORT || 3210);

export const sizes = { desk: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  forbidOnly: Boolean(process.env.CI),
  // A test that passes the second time has found something: it is not tried again.
  retries: 0,
  // One demo, one taxpayer's data: tests follow each other.
  workers: 1,
  // Every page is looked at by axe, on machines that are busy with other tests.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    browserName: 'chromium',
    launchOptions,
    screenshot: 'only-on-failure',
    // Recording makes every test longer, and nobody can fetch a recording from the machine of a CI.
    trace: process.env.CI ? 'off' : 'retain-on-failure',
  },
  projects: Object.entries(sizes).flatMap(([size, viewport]) =>
    [true, false].map((javaScriptEnabled) => ({
      name: `${size}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`,
      use: { viewport, javaScriptEnabled, hasTouch: size === 'phone' },
    })),
  ),
  webServer: {
    command: `"${path.join(target, 'debug', 'asp-access')}" demo --port ${port}`,
    cwd: top,
    // A database of their own, fresh each time: nobody's demo is played in.
    env: { ...process.env, ASP_ACCESS_SITE: site, ASP_ACCESS_DATA: fs.mkdtempSync(path.join(os.tmpdir(), 'asp-access-')) },
    url: `http://127.0.0.1:${port}/demo/inbox`,
    reuseExistingServer: false,
    timeout: 60_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
  },
});

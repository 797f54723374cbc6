// The mails as pictures: `scripts/test-mails`. Needs neither a server nor a build.
import path from 'node:path';
import { defineConfig } from '@playwright/test';
import { launchOptions } from './browser.js';

// How letters are drawn is the machine's choice; here it is ours.
const FONTCONFIG_FILE = path.join(import.meta.dirname, 'messages/support/fonts.conf');

export default defineConfig({
  testDir: 'messages',
  outputDir: 'test-results/messages',
  snapshotPathTemplate: '{testDir}/pictures/{arg}{ext}',
  // A picture that nobody looked at proves nothing: none is stored unless it is asked for.
  updateSnapshots: 'none',
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: 1,
  // A mail takes half a second; machines are busy with other tests.
  timeout: 120_000,
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: { ...launchOptions, env: { ...process.env, FONTCONFIG_FILE } },
    // As in a mail reader.
    javaScriptEnabled: false,
  },
});

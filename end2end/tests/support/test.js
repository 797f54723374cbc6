// The `test` of this folder: any complaint of the browser fails the test that caused it.
import AxeBuilder from '@axe-core/playwright';
import { expect, test as base } from '@playwright/test';

/**
 * What a test expects to go wrong, by its own words: `allow(/404/)`. The browser writes an error on its console for
 * every page that is answered with 4xx, also where that answer is the point of the test.
 */
export const test = base.extend({
  complaints: [
    async ({ context }, use) => {
      const found = [];
      const allowed = [];
      const note = (text) => found.push(text);

      const watch = (page) => {
        page.on('console', (message) => {
          if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`);
        });
        page.on('pageerror', (error) => note(`page: ${error.message}`));
        page.on('requestfailed', (request) => {
          const why = request.failure()?.errorText ?? '';
          // Leaving a page cancels what it was still loading.
          // Where scripts are off, the browser itself refuses to fetch the one that the page announces.
          const unwanted = why === 'csp' && test.info().project.use.javaScriptEnabled === false;
          if (why !== 'net::ERR_ABORTED' && !unwanted) note(`request: ${request.method()} ${request.url()} ${why}`);
        });
        page.on('response', (response) => {
          const page_itself = response.request().isNavigationRequest();
          if (!page_itself && response.status() >= 400) note(`response: ${response.status()} ${response.url()}`);
        });
      };
      context.pages().forEach(watch);
      context.on('page', watch);
      // Chromium tells violations on its console too; this catches those of policies that only report.
      await context.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) =>
          console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
        );
      });

      await use({ allow: (pattern) => allowed.push(pattern) });
      expect(found.filter((text) => !allowed.some((pattern) => pattern.test(text)))).toEqual([]);
    },
    { auto: true },
  ],
});

/** Serious and critical findings of axe fail; without JavaScript it cannot run in the page and nothing is asked. */
export async function expectAccessible(page) {
  if (test.info().project.use.javaScriptEnabled === false) return;
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help} at ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(grave, `accessibility of ${page.url()}`).toEqual([]);
}

/** A page wider than the window scrolls sideways, which nobody on a phone should have to. */
export async function expectNoSidewaysScroll(page) {
  if (test.info().project.use.javaScriptEnabled === false) return;
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(over, `pixels that ${page.url()} is too wide`).toBeLessThanOrEqual(0);
}

/** Waits until the browser's half answers: a press before that goes the way it goes without JavaScript. */
export async function settled(page) {
  if (test.info().project.use.javaScriptEnabled === false) return;
  await page.waitForLoadState('networkidle');
}

/** All that holds for any page of ours. */
export async function expectSound(page) {
  await settled(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(page).toHaveTitle(/\S/);
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
}

export { expect };

// The `test` of this folder: any complaint of the browser, and any unsound page, fails the test that caused it.
import AxeBuilder from '@axe-core/playwright';
import { expect, test as base } from '@playwright/test';

/** Whether this run lets pages run scripts. */
export const scripted = () => test.info().project.use.javaScriptEnabled !== false;

/** What each page showed when it was last found sound. */
const lookedAt = new WeakMap();

/**
 * What a test expects to go wrong, by its own words: `allow(/404/)`. The browser writes an error on its console for
 * every page that is answered with 4xx, also where that answer is the point of the test. `watch` is for contexts that
 * a test opens itself, `found` tells what was seen so far.
 */
export const test = base.extend({
  complaints: [
    async ({ context }, use) => {
      const found = [];
      const allowed = [];
      const note = (text) => found.push(text);

      const watchPage = (page) => {
        page.on('console', (message) => {
          if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`);
        });
        page.on('pageerror', (error) => note(`page: ${error.message}`));
        page.on('requestfailed', (request) => {
          const why = request.failure()?.errorText ?? '';
          // Leaving a page cancels what it was still loading.
          // Where scripts are off, the browser itself refuses to fetch the one that the page announces.
          const unwanted = why === 'csp' && !scripted();
          if (why !== 'net::ERR_ABORTED' && !unwanted) note(`request: ${request.method()} ${request.url()} ${why}`);
        });
        page.on('response', (response) => {
          const page_itself = response.request().isNavigationRequest();
          if (!page_itself && response.status() >= 400) note(`response: ${response.status()} ${response.url()}`);
        });
      };
      const watch = async (watched) => {
        watched.pages().forEach(watchPage);
        watched.on('page', watchPage);
        // Chromium tells violations on its console too, also without scripts; this catches those of policies that only
        // report.
        await watched.addInitScript(() => {
          addEventListener('securitypolicyviolation', (event) =>
            console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
          );
        });
      };
      await watch(context);

      await use({ allow: (pattern) => allowed.push(pattern), watch, found: () => [...found] });
      // What a test leaves open, it has looked at: all of that must be sound. One that failed has said enough.
      if (test.info().status === test.info().expectedStatus) {
        for (const page of context.pages()) {
          const isNew = page.url().startsWith('http') && lookedAt.get(page) !== (await page.content());
          if (isNew) await expectSound(page);
        }
      }
      expect(found.filter((text) => !allowed.some((pattern) => pattern.test(text)))).toEqual([]);
    },
    { auto: true },
  ],
});

/**
 * What a page shows, on a page that can be asked about it. Where it may run no scripts, the checks cannot run in it
 * either: then its document, without the scripts that never ran, is shown by a page that may.
 */
async function onAPageThatAnswers(page, look) {
  if (scripted()) return look(page);
  const [url, html] = [page.url(), await page.content()];
  // The runner gives a context what the project says, unless it is said here.
  const context = await page.context().browser().newContext({ viewport: page.viewportSize(), javaScriptEnabled: true });
  try {
    const shown = await context.newPage();
    const body = html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, '').replace(/<link\b[^>]*\bmodulepreload\b[^>]*>/g, '');
    await shown.route(url, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
    await shown.goto(url);
    return await look(shown);
  } finally {
    await context.close();
  }
}

/** Serious and critical findings of axe fail. */
export async function expectAccessible(page) {
  // What is fine is not told of: it is most of what there is. Nor are there frames that would need a page of axe's own.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  const { violations } = await axe.analyze();
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help} at ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(grave, `accessibility of ${page.url()}`).toEqual([]);
}

/** A page wider than the window scrolls sideways, which nobody on a phone should have to. */
export async function expectNoSidewaysScroll(page) {
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(over, `pixels that ${page.url()} is too wide`).toBeLessThanOrEqual(0);
}

/** Waits until the browser's half answers: a press before that goes the way it goes without JavaScript. */
export async function settled(page) {
  if (!scripted()) return;
  await page.waitForLoadState('networkidle');
}

/** All that holds for any page of ours. */
export async function expectSound(page) {
  await settled(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(page).toHaveTitle(/\S/);
  await onAPageThatAnswers(page, async (shown) => {
    await expectNoSidewaysScroll(shown);
    await expectAccessible(shown);
  });
  lookedAt.set(page, await page.content());
}

export { expect };

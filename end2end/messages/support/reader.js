// Two pages that show one mail after another: as a mail reader does, without scripts, and one that axe can ask.
import { test as base } from '@playwright/test';
import { expectAccessible } from '../../tests/support/test.js';
import { WIDE } from './mails.js';

/** A height that any mail is taller than: its picture ends where it does. */
const HEIGHT = 400;
const windowOf = (width) => ({ width, height: HEIGHT });

async function openReader(browser) {
  const viewport = windowOf(WIDE);
  const reading = await browser.newContext({ viewport, javaScriptEnabled: false });
  const asking = await browser.newContext({ viewport, javaScriptEnabled: true });
  const [page, asked] = [await reading.newPage(), await asking.newPage()];
  const loaded = [];
  for (const context of [reading, asking]) {
    await context.route('**', (route) => {
      loaded.push(route.request().url());
      return route.abort();
    });
  }
  const fonts = await reading.newCDPSession(page);
  await fonts.send('DOM.enable');
  await fonts.send('CSS.enable');

  return {
    page,
    /** What mails wanted from elsewhere since this was asked last; they got nothing. */
    loaded: () => loaded.splice(0),
    show: (mail) => page.setContent(mail.html),
    resize: (width) => page.setViewportSize(windowOf(width)),
    /** The fonts that the text in the first of each of these places was drawn with. */
    async fontsOf(selectors) {
      const { root } = await fonts.send('DOM.getDocument');
      const names = new Set();
      for (const selector of selectors) {
        const { nodeId } = await fonts.send('DOM.querySelector', { nodeId: root.nodeId, selector });
        const drawn = await fonts.send('CSS.getPlatformFontsForNode', { nodeId });
        drawn.fonts.forEach(({ familyName }) => names.add(familyName));
      }
      return [...names].sort();
    },
    /** What looks for faults in a page is a script itself. */
    async expectAccessible(mail) {
      await asked.setContent(mail.html);
      await expectAccessible(asked);
    },
  };
}

export const test = base.extend({
  // One for all: opening pages takes longer than looking at them.
  reader: [async ({ browser }, use) => use(await openReader(browser)), { scope: 'worker' }],
});

// What a first visit costs on a slow phone: everything that the list loads, as it travels.
import { expect, scripted, settled, test } from './support/test.js';
import { signIn } from './support/story.js';

/** Bytes of a first visit, compressed: ten seconds at 400 kbit/s, the least that a 3G connection gives. */
const SCRIPTED_MAX = 500_000;
/** The same where scripts are off: the page can be read and acted upon by then, with them, too. */
const PLAIN_MAX = 40_000;

test('a first visit to the list stays within its weight', async ({ page, context }) => {
  const gstin = await signIn(page);
  // As a browser that was never here, but for the session.
  const fresh = await context.browser().newContext({
    storageState: await context.storageState(),
    viewport: page.viewportSize(),
    javaScriptEnabled: scripted(),
  });
  try {
    const visit = await fresh.newPage();
    const loaded = [];
    visit.on('requestfinished', (request) => loaded.push(request));
    await visit.goto(`/access/${gstin}`);
    await settled(visit);
    const sizes = await Promise.all(
      loaded.map(async (request) => [new URL(request.url()).pathname, (await request.sizes()).responseBodySize]),
    );
    const whole = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
    const table = sizes.map(([path, bytes]) => `${bytes} ${path}`).join('\n');
    expect(sizes.some(([path]) => path.endsWith('.css')), table).toBe(true);
    expect(sizes.some(([path]) => path.endsWith('.wasm')), table).toBe(scripted());
    expect(whole, table).toBeLessThan(scripted() ? SCRIPTED_MAX : PLAIN_MAX);
  } finally {
    await fresh.close();
  }
});

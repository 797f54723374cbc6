// What a first visit costs on a slow phone: everything that the list loads, as it travels.
import { expect, scripted, settled, test } from './support/test.js';
import { signIn } from './support/story.js';

/** Bytes of a first visit, compressed: ten seconds at 400 kbit/s, the least that a 3G connection gives. */
const WHOLE_MAX = 500_000;
/** Of that, what the page needs until it can be read and acted upon. */
const PLAIN_MAX = 20_000;

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
    const sum = (of) => of.reduce((bytes, [, more]) => bytes + more, 0);
    // A browser without scripts fetches the module that the page announces, too, and waits for it with nothing.
    const plain = sizes.filter(([path]) => !/\.(wasm|js)$/.test(path));
    const table = sizes.map(([path, bytes]) => `${bytes} ${path}`).join('\n');
    expect(sizes.some(([path]) => path.endsWith('.css')), table).toBe(true);
    expect(plain.length, table).toBeGreaterThan(1);
    expect(sum(plain), table).toBeLessThan(PLAIN_MAX);
    if (scripted()) expect(sizes.some(([path]) => path.endsWith('.wasm')), table).toBe(true);
    expect(sum(sizes), table).toBeLessThan(WHOLE_MAX);
  } finally {
    await fresh.close();
  }
});

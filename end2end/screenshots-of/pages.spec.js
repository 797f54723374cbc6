// Every page of the story, once; not a test, though it fails where the story does.
import { test } from '../tests/support/test.js';
import { obtainConsent, openConsent, revoke, signIn } from '../tests/support/story.js';
import { settled } from '../tests/support/test.js';

test('pages of the story', async ({ page }) => {
  const size = test.info().project.name.split(',')[0];
  let number = 0;
  const picture = async (name) => {
    number += 1;
    await settled(page);
    const file = `screenshots/${size}/${String(number).padStart(2, '0')}-${name}.png`;
    await page.screenshot({ path: file, fullPage: true });
  };

  await page.goto('/demo/asp');
  await picture('asp');
  await obtainConsent(page);
  await picture('consent-obtained');
  await page.goto('/demo/inbox');
  await picture('inbox');
  await page.goto('/demo/portal');
  await picture('portal');
  const gstin = await signIn(page);
  await page.goto(`/access/${gstin}`);
  await picture('access-now');
  await openConsent(page, gstin);
  await picture('consent');
  await revoke(page, () => picture('question'));
  await picture('receipt');
  await page.goto(`/access/${gstin}/history`);
  await picture('history');
});

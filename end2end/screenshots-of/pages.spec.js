// Every page of the story, once; not a test, though it fails where the story does.
import { expect, test } from '../tests/support/test.js';
import { obtainConsent, openConsent, revoke, signIn } from '../tests/support/story.js';
import { settled } from '../tests/support/test.js';

test('pages of the story', async ({ page, complaints }) => {
  complaints.allow(/status of 401/);
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
  await expect(async () => {
    await page.goto('/demo/inbox');
    const mail = page.getByRole('article').filter({ hasText: /can now access/ }).first();
    await expect(mail.getByRole('link', { name: 'See this mail as it looks' })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await picture('inbox');
  const given = page.getByRole('article').filter({ hasText: /can now access/ }).first();
  await given.getByRole('link', { name: 'See this mail as it looks' }).click();
  await picture('mail');
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
  await page.goto('/demo/portal');
  await page.getByRole('button', { name: /sign in as/i }).first().click();
  await page.route('**/hand-off', (route) => route.continue({ postData: 'token=used' }));
  await page.getByRole('button', { name: /continue to manage api access/i }).click();
  await picture('hand-off-refused');
});

// What every page offers, with scripts and without: tabs, pages of a list, languages, the way out, and a way on.
import { expect, expectSound, scripted, settled, test } from './support/test.js';
import { gstinOf, obtainConsent, signIn } from './support/story.js';

test('the browser changes the tab without loading a document: its half of the screen is alive', async ({ page }) => {
  test.skip(!scripted(), 'without scripts every tab is a document of its own');
  const gstin = await signIn(page, 'Asha Rao');
  await page.goto(`/access/${gstin}`);
  await settled(page);
  const documents = [];
  page.on('request', (request) => {
    if (request.isNavigationRequest()) documents.push(request.url());
  });
  await page.evaluate(() => {
    window.mark = 'still here';
  });
  await page.getByRole('link', { name: 'History' }).click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/history$`));
  await expect(page.getByRole('link', { name: 'History' })).toHaveAttribute('aria-current', 'page');
  await expect(page.getByRole('table')).toBeVisible();
  expect(await page.evaluate(() => window.mark), 'the document is the same').toBe('still here');
  expect(documents, 'documents that were loaded').toEqual([]);
});

test('a tab leads to the history and back', async ({ page }) => {
  const gstin = await signIn(page, 'Asha Rao');
  await page.goto(`/access/${gstin}`);
  await page.getByRole('link', { name: 'History' }).click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/history$`));
  await expectSound(page);
  await page.getByRole('link', { name: 'Access now' }).click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}$`));
});

test('the overview offers each registration of who signs for several', async ({ page }) => {
  await signIn(page, 'Asha Rao');
  await page.goto('/');
  const choices = page.getByRole('main').getByRole('table').first().locator('a[href*="/access/"]');
  await expect(choices).toHaveCount(3);
  await expectSound(page);
  const gstin = await gstinOf(page);
  await choices.first().click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}$`));
});

test('a long history is read page by page, and from its start again', async ({ page }) => {
  const gstin = await signIn(page, 'Asha Rao');
  await page.goto(`/access/${gstin}/history`);
  const details = page.getByRole('main').locator(`a[href*="/access/${gstin}/consents/"]`);
  const first = await details.first().getAttribute('href');
  await page.locator('a[rel="next"]').click();
  await expect(page).toHaveURL(/\?after=/);
  await expect(details.first()).not.toHaveAttribute('href', first);
  await expectSound(page);
  await page.locator('nav.pager a:not([rel="next"])').click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/history$`));
  await expect(details.first()).toHaveAttribute('href', first);
});

test('the language is chosen by a button and stays chosen', async ({ page }) => {
  const gstin = await signIn(page, 'Asha Rao');
  await page.goto(`/access/${gstin}/history`);
  await settled(page);
  await page.getByRole('button', { name: 'हिन्दी' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'hi');
  // The framework leads back to the page with an empty query.
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/history\\??$`));
  await expectSound(page);
  await page.goto(`/access/${gstin}`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'hi');
  await settled(page);
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test('who signs out is out', async ({ page, complaints }) => {
  complaints.allow(/status of 401/);
  const gstin = await signIn(page, 'Asha Rao');
  await page.goto(`/access/${gstin}`);
  await settled(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/signed-out$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are signed out');
  await expectSound(page);
  const answer = await page.goto(`/access/${gstin}`);
  expect(answer.status()).toBe(401);
});

test('a hand-off that was used is answered with a sentence that says what to do next', async ({ page, complaints }) => {
  complaints.allow(/status of 401/);
  await page.goto('/demo/portal');
  await page.getByRole('button', { name: 'Sign in as Devika Arora' }).click();
  const token = await page.locator('input[name="token"]').inputValue();
  await page.getByRole('button', { name: /continue to manage api access/i }).click();
  await expect(page).toHaveURL(/\/access\//);
  // The same once more, as by going back and pressing again.
  await page.goto('/demo/portal');
  await page.getByRole('button', { name: 'Sign in as Devika Arora' }).click();
  await page.route('**/hand-off', (route) =>
    route.continue({ postData: new URLSearchParams({ token }).toString() }),
  );
  const [answer] = await Promise.all([
    page.waitForResponse('**/hand-off'),
    page.getByRole('button', { name: /continue to manage api access/i }).click(),
  ]);
  expect(answer.status()).toBe(401);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You could not be signed in');
  await expect(page.getByText('Go back to the GST portal')).toBeVisible();
  await expectSound(page);
});

test('a mail is shown as a mail program shows it', async ({ page }) => {
  await obtainConsent(page, { application: /LedgerLeaf/ });
  await expect(async () => {
    await page.goto('/demo/inbox');
    const mail = page.getByRole('article').filter({ hasText: 'LedgerLeaf Accounting can now access' }).first();
    await mail.getByRole('link', { name: 'See this mail as it looks' }).click({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await expect(page).toHaveURL(/\/demo\/inbox\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'LedgerLeaf Accounting' }).first()).toBeVisible();
  await expectSound(page);
});

test('a breach of the policy of a page is noticed', async ({ page, complaints }) => {
  complaints.allow(/Content Security Policy|policy: style-src/i);
  await page.route('**/demo/portal', (route) =>
    route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': "default-src 'none'; style-src 'self'" },
      body: '<!doctype html><html lang="en"><title>x</title><main><h1 style="color: red">x</h1></main></html>',
    }),
  );
  await page.goto('/demo/portal');
  await expect.poll(() => complaints.found().join('\n')).toMatch(/Content Security Policy/i);
});

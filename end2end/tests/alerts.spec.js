// A person's own alerts: which, to whom else, whether they arrive, and what was told so far.
import { expect, expectSound, scripted, settled, test } from './support/test.js';
import { bespeak, messagesAfter, newestMessage, obtainConsent, openConsent, said, signIn } from './support/story.js';

const DEVIKA = 'Devika Arora';

/** Opens the page of alerts as the signatory. */
async function openAlerts(page) {
  const gstin = await signIn(page, DEVIKA);
  await page.goto(`/access/${gstin}/alerts`);
  await settled(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Alerts');
  return gstin;
}

test('what is optional can be switched off and on, and what warns of a thief cannot', async ({ page }) => {
  await openAlerts(page);
  await expectSound(page);
  const soon = page.getByRole('checkbox', { name: 'Access ends soon: SMS', exact: true });
  for (const wanted of [false, true]) {
    await soon.setChecked(wanted);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(said(page)).toContainText('Your choice is saved.');
    await expect(soon).toBeChecked({ checked: wanted });
    await settled(page);
  }
  await expect(page.getByRole('checkbox', { name: /Access was given/ })).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ hasText: 'Access was given' })).toBeVisible();
});

test('a test alert is seen to arrive', async ({ page }) => {
  const desk = await page.context().newPage();
  const before = await newestMessage(desk);
  await openAlerts(page);
  await page.getByRole('button', { name: 'Send me a test alert' }).click();
  await expect(said(page)).toContainText('on its way');
  await expect(async () => {
    if (!scripted()) await page.getByRole('link', { name: 'Look again' }).click();
    await expect(page.getByText(/Handed over to the e-mail provider|Delivered/).first()).toBeVisible();
    await expect(page.getByText(/Handed over to the SMS provider|Delivered/).last()).toBeVisible();
  }).toPass({ timeout: 30_000 });
  await expectSound(page);
  expect(await messagesAfter(desk, before, /test/i)).toBe(2);
});

test('a message that fails and one that comes back are seen as they fare, on the page of the access', async ({ page }) => {
  const desk = await page.context().newPage();
  const phone = await page.context().newPage();
  const badDay = async () => {
    await bespeak(phone, 'sms', 'fails');
    await bespeak(phone, 'email', 'bounces');
  };
  const gstin = await signIn(page, DEVIKA);
  await obtainConsent(desk, { username: /arora/i, beforeConsent: badDay });
  await openConsent(page, gstin);
  await settled(page);
  await page.evaluate(() => { document.documentElement.dataset.opened = 'once'; });
  const told = page.getByRole('region', { name: 'How you were told' });
  const given = told.getByRole('row').filter({ hasText: 'Access was given' });
  const fate = (channel) => given.getByRole('listitem').filter({ hasText: channel });
  await expect(fate('SMS')).toContainText(/next attempt/i);
  await expectSound(page);
  await expect(async () => {
    if (!scripted()) await page.reload();
    await expect(fate('SMS')).toContainText('Delivered');
    await expect(fate('E-mail')).toContainText(/mailbox (is )?full/i);
  }).toPass({ timeout: 60_000 });
  if (scripted()) expect(await page.evaluate(() => document.documentElement.dataset.opened)).toBe('once');
  await expectSound(page);
});

test('what was told is listed with what became of it', async ({ page }) => {
  const gstin = await openAlerts(page);
  await page.getByRole('button', { name: 'Send me a test alert' }).click();
  await expect(said(page)).toContainText('on its way');
  await settled(page);
  await page.getByRole('link', { name: 'What you were told' }).click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/told$`));
  await expect(page).toHaveTitle(/^What you were told/);
  await expect(page.getByRole('link', { name: 'Alerts', exact: true })).toHaveAttribute('aria-current', 'page');
  await expect(async () => {
    await page.reload();
    const test = page.getByRole('row').filter({ hasText: 'Test message' });
    await expect(test.filter({ hasText: /Handed over to the e-mail provider|Delivered/ }).first()).toBeVisible();
    await expect(test.filter({ hasText: /••••/ }).first()).toBeVisible();
  }).toPass({ timeout: 30_000 });
  await expectSound(page);
});

test('what was told is read page by page, and leads to the access that it is about', async ({ page }) => {
  const gstin = await signIn(page, 'Asha Rao');
  await page.goto(`/access/${gstin}/history`);
  await settled(page);
  await page.getByRole('link', { name: 'What you were told' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('What you were told');
  const rows = page.getByRole('main').getByRole('row');
  await expect(rows.nth(1)).toBeVisible();
  await expectSound(page);
  await page.locator('a[rel="next"]').click();
  await expect(page).toHaveURL(/\/told\?after=/);
  await expectSound(page);
  const about = page.getByRole('main').locator(`a[href*="/access/${gstin}/consents/"]`).first();
  const address = await about.getAttribute('href');
  await about.click();
  await expect(page).toHaveURL(new RegExp(`${address}$`));
  await expect(page.getByRole('region', { name: 'How you were told' }).getByRole('row').nth(1)).toBeVisible();
  await page.goBack();
  await page.locator('nav.pager a:not([rel="next"])').click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/told$`));
});

test('a second contact counts once both its codes are entered, and can be removed', async ({ page, complaints }) => {
  complaints.allow(/status of 4\d\d/);
  const desk = await page.context().newPage();
  await openAlerts(page);
  await page.getByLabel('Name', { exact: true }).fill('Farhan Sheikh');
  await page.getByLabel('E-mail address').fill('farhan@books.example');
  await page.getByLabel(/Mobile number/).fill('9876501234');
  await page.getByRole('button', { name: 'Send the codes' }).click();
  await expect(said(page)).toContainText('Both codes are on their way');
  const contact = page.getByRole('article').filter({ hasText: 'Farhan Sheikh' });
  await expect(contact).toContainText('Not confirmed yet: gets nothing.');
  await expect(contact).not.toContainText('farhan@books.example');
  await expectSound(page);

  const codeTo = async (what) => {
    await desk.goto('/demo/inbox');
    const message = desk.getByRole('article').filter({ hasText: what }).first();
    await expect(message).toBeVisible();
    return (await message.locator('pre').textContent()).match(/\b[0-9]{6}\b/)[0];
  };
  let codes;
  await expect(async () => {
    codes = [await codeTo('E-mail to farhan@books.example'), await codeTo(/SMS to \+?(91)?9876501234/)];
  }).toPass({ timeout: 15_000 });
  const wrong = String((Number(codes[0]) + 1) % 1_000_000).padStart(6, '0');
  await contact.getByLabel('Code from the e-mail').fill(wrong);
  await contact.getByLabel('Code from the SMS').fill(codes[1]);
  await contact.getByRole('button', { name: 'Confirm' }).click();
  await expect(contact).toContainText('A code was wrong.');
  await settled(page);
  await contact.getByLabel('Code from the e-mail').fill(codes[0]);
  await contact.getByLabel('Code from the SMS').fill(codes[1]);
  await contact.getByRole('button', { name: 'Confirm' }).click();
  await expect(said(page)).toContainText('gets a copy of each alert from now on');
  await expectSound(page);
  await contact.getByRole('button', { name: 'Remove Farhan Sheikh' }).click();
  await expect(said(page)).toContainText('is removed');
  await expect(contact).toHaveCount(0);
});

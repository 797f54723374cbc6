// The steps of the story, each as a person would do it: by the words on the page.
import { expect } from './test.js';

/** A GSTIN as it stands in addresses: 15 characters, the 14th a Z. */
const GSTIN = /[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]/;

/** Chooses an entry of a select by its place, or by words in it. */
async function choose(page, name, wanted) {
  const select = page.locator(`select[name="${name}"]`);
  const options = (await select.locator('option').allTextContents()).map((text) => text.trim());
  const real = (await select.locator('option').evaluateAll((all) =>
    all.map((option) => ({ value: option.value, disabled: option.disabled })),
  ));
  const index = options.findIndex((text, at) =>
    real[at].value !== '' && !real[at].disabled && (wanted === undefined || wanted.test(text)),
  );
  expect(index, `an entry ${wanted ?? ''} of ${name} among ${options.join(', ')}`).toBeGreaterThanOrEqual(0);
  await select.selectOption({ index });
  return { text: options[index], value: real[index].value };
}

/** The newest six digits after "OTP" in the demo's inbox. The inbox shows the newest message first. */
export async function newestOtp(page) {
  await page.goto('/demo/inbox');
  const messages = await page.getByRole('article').allTextContents();
  const otps = messages.map((text) => text.match(/OTP\D*?([0-9]{6})\b/)?.[1]).filter(Boolean);
  expect(otps.length, 'messages with an OTP in the inbox').toBeGreaterThan(0);
  return otps[0];
}

/** The ASP's side: asks for an OTP, reads it where the taxpayer would, and obtains consent. */
export async function obtainConsent(page, { application, username, beforeConsent = async () => {} } = {}) {
  await page.goto('/demo/asp');
  const chosen = {
    application: await choose(page, 'application', application),
    username: await choose(page, 'username', username),
  };
  await page.getByRole('button', { name: /request otp/i }).click();
  await expect(page.locator('[name="otp"]')).toBeVisible();
  await expect(page.getByText(/inbox/i).first()).toBeVisible();
  // The inbox in a second tab, as a person has the phone beside the screen.
  const phone = await page.context().newPage();
  const otp = await newestOtp(phone);
  await phone.close();
  await page.locator('[name="otp"]').fill(otp);
  await beforeConsent();
  await page.getByRole('button', { name: /obtain consent/i }).click();
  await expect(page.getByText(/consent obtained/i).first()).toBeVisible();
  return { ...chosen, otp, address: page.url() };
}

/** The names on the sign-in buttons of the demo's portal. */
export async function signatories(page) {
  await page.goto('/demo/portal');
  const names = await page.getByRole('button', { name: /sign in as/i }).allTextContents();
  return names.map((text) => text.replace(/^\s*sign in as\s*/i, '').trim());
}

/** The taxpayer's side: the portal's log-in and its signed hand-off. Answers the GSTIN of the list it arrives at. */
export async function signIn(page, name) {
  await page.goto('/demo/portal');
  const buttons = page.getByRole('button', { name: name ? new RegExp(`sign in as ${name}`, 'i') : /sign in as/i });
  await buttons.first().click();
  // Without JavaScript nothing sends the hand-off's form by itself.
  const onward = page.getByRole('button', { name: /continue to manage api access/i });
  await expect(async () => {
    if (await onward.isVisible()) await onward.click({ timeout: 1_000 });
    // Who signs for one taxpayer arrives at its list, who signs for several at the choice among them.
    expect(new URL(page.url()).pathname).toMatch(/^\/(access\/.+)?$/);
  }).toPass({ timeout: 10_000 });
  return gstinOf(page);
}

/** The GSTIN in the address of a page, or in that of the first link to a list. */
export async function gstinOf(page) {
  const here = page.url().match(GSTIN)?.[0];
  if (here) return here;
  const link = await page.locator('a[href*="/access/"]').first().getAttribute('href');
  return link.match(GSTIN)[0];
}

/** Opens the page of the first consent that the list shows for an application. */
export async function openConsent(page, gstin, words) {
  await page.goto(`/access/${gstin}`);
  const links = page.getByRole('main').locator(`a[href*="/access/${gstin}/consents/"]`);
  const row = words ? links.filter({ hasText: words }) : links;
  const link = (await row.count()) > 0 ? row.first() : links.first();
  await link.click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/consents/.+`));
  return page.url();
}

/** Ends the consent whose page is open: link, question, receipt. */
export async function revoke(page, onTheWay = async () => {}) {
  await page.getByRole('link', { name: /revoke (the )?access/i }).first().click();
  await expect(page).toHaveURL(/\/revoke\b/);
  const sure = page.getByRole('button', { name: /revoke (the )?access/i });
  await expect(sure).toBeVisible();
  await onTheWay();
  await sure.click();
  await expect(page).toHaveURL(/\/receipt\b/);
  await expect(page.getByRole('heading', { name: /ended/i }).first()).toBeVisible();
}

/** The articles of the demo's inbox, which is open, by their numbers: what comes later has a higher one. */
async function numbered(articles) {
  return Promise.all((await articles.all()).map(async (one) => Number((await one.getAttribute('id')).replace('item-', ''))));
}

/** The number of the newest message in the demo's inbox. */
export async function newestMessage(page) {
  await page.goto('/demo/inbox');
  return Math.max(-1, ...(await numbered(page.getByRole('article'))));
}

/** How many messages came after that number and tell all of these. */
export async function messagesAfter(page, number, ...texts) {
  await page.goto('/demo/inbox');
  const such = texts.reduce((some, hasText) => some.filter({ hasText }), page.getByRole('article'));
  return (await numbered(such)).filter((one) => one > number).length;
}

/** Decides in the demo's inbox what befalls the next message of a channel. */
export async function bespeak(page, channel, fate) {
  await page.goto('/demo/inbox');
  await page.getByText('Bad days').click();
  await page.locator('select[name="channel"]').selectOption(channel);
  await page.locator('select[name="fate"]').selectOption(fate);
  await page.getByRole('button', { name: 'Let it happen' }).click();
  await expect(page.getByText(/are bespoken/)).toBeVisible();
}

/** What a page says was done. */
export const said = (page) => page.getByRole('status').filter({ hasText: 'Done' });

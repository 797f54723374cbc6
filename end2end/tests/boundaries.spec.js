// What nobody may see: pages without a log-in, and other people's consents.
import { expect, expectSound, settled, test } from './support/test.js';
import { gstinOf, obtainConsent, openConsent, signatories, signIn } from './support/story.js';

const REGISTRATION = '27AAPFU0939F1ZV';

test('a visit without a log-in is a notice that says where to go', async ({ page, complaints }) => {
  complaints.allow(/status of 401/);
  const answer = await page.goto(`/access/${REGISTRATION}`);
  expect(answer.status()).toBe(401);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/sign|log|session/i);
  await expectSound(page);
});

test("another taxpayer's consent is answered like one that does not exist", async ({ page, browser, baseURL, complaints }) => {
  complaints.allow(/status of 40[134]/);
  const names = await signatories(page);
  expect(names.length, 'signatories of the demo').toBeGreaterThan(1);

  await obtainConsent(page);
  const owners = await signIn(page, names[0]);
  const consent = new URL(await openConsent(page, owners)).pathname;
  await settled(page);

  // Somebody else, in a browser of their own.
  const { viewport, javaScriptEnabled } = test.info().project.use;
  const stranger = await browser.newContext({ baseURL, viewport, javaScriptEnabled });
  await complaints.watch(stranger);
  try {
    const other = await stranger.newPage();
    let theirs;
    for (const name of names.slice(1)) {
      await signIn(other, name);
      theirs = await gstinOf(other);
      if (theirs !== owners) break;
    }
    expect(theirs, 'a signatory of another taxpayer').not.toBe(owners);

    const unknown = '01890000-0000-7000-8000-000000000000';
    const answers = [];
    for (const path of [
      consent.replace(owners, theirs),
      `/access/${theirs}/consents/${unknown}`,
      consent,
    ]) {
      const answer = await other.goto(path);
      answers.push({ status: answer.status(), heading: await other.getByRole('heading', { level: 1 }).textContent() });
      await expectSound(other);
    }
    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404]);
    expect(new Set(answers.map((answer) => answer.heading)).size, 'one answer for all').toBe(1);
  } finally {
    await stranger.close();
  }
});

test('a page that does not exist says so', async ({ page, complaints }) => {
  complaints.allow(/status of 404/);
  const answer = await page.goto('/no/such/page');
  expect(answer.status()).toBe(404);
  await expectSound(page);
});

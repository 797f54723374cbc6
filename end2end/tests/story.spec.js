// The story of the product, as three people live it: an ASP asks, a taxpayer agrees, sees it, and ends it.
import { expect, expectSound, settled, test } from './support/test.js';
import { messagesAfter, newestMessage, newestOtp, obtainConsent, openConsent, revoke, signIn } from './support/story.js';

/** How often the inbox told of a consent to LedgerLeaf after a message, by name and with its validity. */
async function told(page, before) {
  return {
    mails: await messagesAfter(page, before, /E-mail to/, 'LedgerLeaf Accounting can now access', /valid until/i),
    sms: await messagesAfter(page, before, /SMS to/, /LedgerLeaf via \S+ got OTP consent .* valid till/s),
  };
}

test('an ASP obtains consent, the taxpayer is told, ends it, and the ASP is refused', async ({ page, context, complaints }) => {
  // The ASP shows the refusal as a page of its own; whether with a 4xx is its choice.
  complaints.allow(/status of 4(01|03)/);

  let before;
  await test.step('the ASP obtains consent with the OTP that the taxpayer reads out', async () => {
    before = await newestMessage(page);
    await page.goto('/demo/asp');
    await expectSound(page);
    await obtainConsent(page, { application: /LedgerLeaf/ });
    await expectSound(page);
    for (const name of [/fetch gstr-3b summary/i, /refresh the session/i, /log out/i]) {
      await expect(page.getByRole('button', { name })).toBeVisible();
    }
  });

  await test.step('what the ASP fetches passes while the consent lives', async () => {
    await page.getByRole('button', { name: /fetch gstr-3b summary/i }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('The call passed');
    await expect(page.getByText('total_taxable_value_inr')).toBeVisible();
  });

  const desk = await context.newPage();
  await test.step('a mail and an SMS name the ASP and how long it may', async () => {
    await expect(async () => {
      // One each, of exactly this kind: not the OTP's, not another ASP's.
      expect(await told(desk, before)).toEqual({ mails: 1, sms: 1 });
    }).toPass({ timeout: 15_000 });
    await expectSound(desk);
  });

  await test.step('the signatory arrives from the portal and finds the consent', async () => {
    await desk.goto('/demo/portal');
    await expectSound(desk);
    const gstin = await signIn(desk);
    await desk.goto(`/access/${gstin}`);
    await expectSound(desk);
    await openConsent(desk, gstin);
    await expectSound(desk);
  });

  await test.step('revoking asks once and answers with a receipt', async () => {
    await revoke(desk, () => expectSound(desk));
    await expectSound(desk);
    // Asking for the receipt again answers the same, and there is nothing left to revoke.
    await desk.reload();
    await settled(desk);
    await expect(desk.getByRole('heading', { name: /ended/i }).first()).toBeVisible();
    await expect(desk.getByRole('link', { name: /revoke access/i })).toHaveCount(0);
  });

  await test.step('the next call of the ASP is refused', async () => {
    await page.bringToFront();
    await page.getByRole('button', { name: /fetch gstr-3b summary/i }).click();
    await expect(page.getByText(/AUTH4033/).first()).toBeVisible();
    await expectSound(page);
  });
});

test('the taxpayer is told of the ending too', async ({ page }) => {
  const before = await newestMessage(page);
  await obtainConsent(page);
  const gstin = await signIn(page);
  await openConsent(page, gstin);
  await settled(page);
  await revoke(page);
  await expect(async () => {
    expect(await messagesAfter(page, before, /ended|revoked/i)).toBe(2);
  }).toPass({ timeout: 15_000 });
});

test('a wrong OTP obtains nothing and says so', async ({ page, complaints }) => {
  complaints.allow(/status of 4\d\d/);
  await page.goto('/demo/asp');
  for (const name of ['application', 'username']) {
    const select = page.locator(`select[name="${name}"]`);
    const first = await select.locator('option:not([disabled]):not([value=""])').first().getAttribute('value');
    await select.selectOption(first);
  }
  await page.getByRole('button', { name: /request otp/i }).click();
  await expect(page.locator('[name="otp"]')).toBeVisible();
  const phone = await page.context().newPage();
  const otp = await newestOtp(phone);
  await phone.close();
  await page.locator('[name="otp"]').fill(otp.replace(/^./, (digit) => String((Number(digit) + 1) % 10)));
  await page.getByRole('button', { name: /obtain consent/i }).click();
  await expect(page.getByText(/consent obtained/i)).toHaveCount(0);
  await expect(page.getByText(/AUTH\d{3,}/).first()).toBeVisible();
});

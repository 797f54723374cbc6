// A tour of everything a taxpayer can do about access, each act with its effect on the ASP's next call.
import { expect, expectSound, settled, test } from './support/test.js';
import { obtainConsent, openConsent, said, signIn } from './support/story.js';

/** Who signs for one taxpayer, and the ASP that each test here plays. */
const DEVIKA = { name: 'Devika Arora', username: /Arora Stationers/ };
const ASHA = 'Asha Rao';

/** The ASP obtains consent in a tab of its own, which stays open; the taxpayer signs in in this one. */
async function givenAccess(page, application, { name, username } = DEVIKA) {
  const asp = await page.context().newPage();
  await obtainConsent(asp, { application, username });
  const gstin = await signIn(page, name);
  return { asp, gstin };
}

/** The ASP's next call, and what it is told. */
async function nextCall(asp) {
  await asp.getByRole('button', { name: /fetch gstr-3b summary/i }).click();
  return asp.getByRole('main');
}

const passes = async (asp) => expect(await nextCall(asp)).toContainText('The call passed');
const isRefused = async (asp, code) => expect(await nextCall(asp)).toContainText(code);

/** Follows a link to its question, looks at the page, and answers with the button. */
async function act(page, link, button) {
  await settled(page);
  await page.getByRole('link', { name: link }).first().click();
  const sure = page.getByRole('main').getByRole('button', { name: button });
  await expect(sure).toBeVisible();
  await expectSound(page);
  await sure.click();
}

test('a paused access passes nothing, and goes on when it is resumed', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03|09)/);
  const { asp, gstin } = await givenAccess(page, /ReturnReady/);
  await passes(asp);
  await openConsent(page, gstin, 'ReturnReady');
  await act(page, 'Pause…', 'Pause the access of ReturnReady');
  await expect(said(page)).toContainText('The access is paused');
  await expectSound(page);
  await isRefused(asp, /AUTH\d+/);

  // The way back is offered where it was paused.
  await act(page, 'Undo: resume the access…', 'Resume the access of ReturnReady');
  await expect(said(page)).toContainText('The access goes on');
  await passes(asp);
  await page.reload();
  await expect(page.getByText('Refused: access was paused').first()).toBeVisible();
});

test('limits let through only what they name, and are told in words', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03|22)/);
  const { asp, gstin } = await givenAccess(page, /Bahi Khata/);
  await openConsent(page, gstin, 'Bahi Khata');
  await settled(page);
  await page.getByRole('link', { name: 'Set or change the limits…' }).click();
  await expectSound(page);
  await page.getByRole('checkbox', { name: 'GSTR-3B' }).uncheck();
  await page.getByLabel('Calls a day, at most').fill('5');
  await page.getByLabel('From', { exact: true }).fill('00:00');
  await page.getByLabel('Till', { exact: true }).fill('23:59');
  await page.getByRole('button', { name: 'Save the limits' }).click();
  await expect(said(page)).toContainText('The limits are saved');
  const limits = page.getByRole('region', { name: 'Limits' });
  await expect(limits).toContainText('Only these can be fetched: GSTR-1, GSTR-2A, GSTR-2B, Ledgers');
  await expect(limits).toContainText('At most 5 calls a day.');
  await expect(limits).toContainText('Only between 00:00 and 23:59 IST.');
  await expectSound(page);
  await isRefused(asp, /\b(AUTH|RET|GEN)\d+/);
  await page.reload();
  await expect(page.getByText('Refused: this return is not allowed').first()).toBeVisible();

  await test.step('no kind at all is refused with a sentence, and nothing changes', async () => {
    await settled(page);
    await page.getByRole('link', { name: 'Set or change the limits…' }).click();
    await expect(page.getByRole('checkbox', { name: 'GSTR-3B' })).not.toBeChecked();
    for (const tick of await page.getByRole('checkbox').all()) await tick.uncheck();
    await page.getByRole('button', { name: 'Save the limits' }).click();
    await expect(page.getByRole('alert')).toContainText('at least one kind of return');
    await expectSound(page);
  });

  await test.step('a signatory takes them off again', async () => {
    for (const tick of await page.getByRole('checkbox').all()) await tick.check();
    await page.getByLabel('Calls a day, at most').fill('');
    await page.getByLabel('From', { exact: true }).fill('');
    await page.getByLabel('Till', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Save the limits' }).click();
    await expect(said(page)).toContainText('All limits are taken off');
    await passes(asp);
  });
});

test('what was fetched is a picture, a table behind it, and words', async ({ page }) => {
  const { asp, gstin } = await givenAccess(page, /TaxTara for CAs via Sahyadri/);
  await passes(asp);
  await openConsent(page, gstin, 'TaxTara');
  const fetched = page.getByRole('region', { name: 'What was fetched' });
  await expect(fetched.getByRole('img', { name: /1 calls passed and 0 were refused/ })).toBeVisible();
  await expect(fetched.locator('svg rect.passed')).not.toHaveCount(0);
  await fetched.getByText('The same as a table').click();
  await expect(fetched.getByRole('table').first()).toBeVisible();
  await expect(fetched.getByText(/Allowed but never used: .*GSTR-1/)).toBeVisible();
  await expectSound(page);
  await page.goto(`/access/${gstin}/fetched`);
  await expect(page.getByRole('row', { name: /GSTR-3B/ })).toBeVisible();
  await expectSound(page);
});

test('a freeze stops everything at once, with the time that is left, and is lifted', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03)/);
  const { asp, gstin } = await givenAccess(page, /InvoiceNadi/);
  await page.goto(`/access/${gstin}`);
  await act(page, 'Freeze everything…', 'For 8 hours');
  await expect(said(page)).toContainText('Everything is frozen');
  await expect(page.getByRole('region', { name: /How your API access stands/ })).toContainText(/7 hours 59 minutes left|8 hours left/);
  await expect(page.getByText('Frozen', { exact: true }).first()).toBeVisible();
  await expectSound(page);
  await isRefused(asp, /AUTH\d+/);
  // Nobody may ask, either.
  const other = await page.context().newPage();
  await other.goto('/demo/asp');
  await other.getByLabel('Taxpayer').selectOption({ label: await optionOf(other, DEVIKA.username) });
  await other.getByRole('button', { name: /request otp/i }).click();
  await expect(other.getByText(/AUTH4037/).first()).toBeVisible();
  await other.close();

  await act(page, 'Undo: lift the freeze…', 'Lift the freeze');
  await expect(said(page)).toContainText('The freeze is lifted');
  await passes(asp);
});

test('a blocked ASP loses its access and may not ask, until the block is lifted', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03)/);
  const { asp, gstin } = await givenAccess(page, /FileFast/);
  await openConsent(page, gstin, 'FileFast');
  await act(page, 'Block FileFast GST…', 'Block FileFast GST');
  await expect(said(page)).toContainText('The ASP is blocked');
  await expectSound(page);
  await isRefused(asp, /AUTH4033/);
  await asksInVain(page, /FileFast/);
  await act(page, 'Undo: lift the block…', 'Lift the block of FileFast GST');
  await expect(said(page)).toContainText('Your rule about this ASP is taken back');
  const again = await page.context().newPage();
  await obtainConsent(again, { application: /FileFast/, username: DEVIKA.username });
  expect(gstin).toMatch(/^07/);
});

test('with the allow-list on, only listed ASPs may ask', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03)/);
  const gstin = await signIn(page, DEVIKA.name);
  await page.goto(`/access/${gstin}/settings`);
  await expectSound(page);
  await act(page, 'Let only listed ASPs ask…', 'Let only listed ASPs ask');
  await expect(said(page)).toContainText('only the ASPs on your list');
  await asksInVain(page, /Vyapar Reconcile/);

  await page.getByLabel('Find an ASP by its name').fill('vyapar');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await act(page, /Put on the list… \(Vyapar Reconcile\)/, 'Put Vyapar Reconcile on the list');
  await expect(said(page)).toContainText('The ASP is on your list');
  const asp = await page.context().newPage();
  await obtainConsent(asp, { application: /Vyapar Reconcile/, username: DEVIKA.username });
  await act(page, /Take off the list… \(Vyapar Reconcile\)/, 'Take Vyapar Reconcile off the list');
  await act(page, 'Let every ASP ask again…', 'Let every ASP ask');
  await expect(said(page)).toContainText('can ask for consent again');
});

test('switching off says how many accesses end before it ends them; on again gives none back', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03)/);
  const { asp, gstin } = await givenAccess(page, /CredLoom/);
  await page.goto(`/access/${gstin}/settings`);
  await expect(page.getByText(/Switching off ends (the 1 access|all \d+ accesses) that (is|are) live now/)).toBeVisible();
  await act(page, 'Switch API access off…', 'Switch API access off');
  await expect(said(page)).toContainText('API access is off');
  await isRefused(asp, /AUTH4033/);
  await page.getByLabel('A consent holds for').selectOption({ label: '6 hours' });
  await page.getByRole('button', { name: 'Switch API access on' }).click();
  await expect(said(page)).toContainText('A consent given from now on holds for 6 hours');
  await isRefused(asp, /AUTH4033/);
  await page.getByLabel('A consent holds for').selectOption({ label: '30 days' });
  await page.getByRole('button', { name: 'Save the duration' }).click();
  await expect(said(page)).toContainText('holds for 30 days');
  await page.getByLabel('End what was not used for').selectOption({ label: '14 days' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(said(page)).toContainText('not used for 14 days');
  await page.getByRole('link', { name: 'What was changed here' }).click();
  await expect(page.getByText('Access that is not used for 14 days ends from now on').first()).toBeVisible();
  await expectSound(page);
  // As it was: who decides the same again changes nothing, and that is not in the history.
  await page.goto(`/access/${gstin}/settings`);
  await page.getByLabel('End what was not used for').selectOption({ label: 'Never end by itself' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(said(page)).toContainText('no longer ends because it is not used');
});

test('"I did not give this" ends the access and gives a reference number', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03)/);
  const { asp, gstin } = await givenAccess(page, /LedgerLeaf Accounting via Sahyadri/);
  await openConsent(page, gstin, 'LedgerLeaf');
  await act(page, 'I did not give this…', 'I did not give this: end and report it');
  await expect(page).toHaveURL(/\/report$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your report is recorded');
  await expect(page.getByText('Reference number', { exact: true })).toBeVisible();
  await expectSound(page);
  await isRefused(asp, /AUTH4033/);
  await page.goto(`/access/${gstin}/settings`);
  await act(page, /Unblock… \(LedgerLeaf Accounting\)/, 'Lift the block of LedgerLeaf Accounting');
});

test('several accesses are chosen and ended at once, each with its result and its receipt', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03)/);
  const { asp, gstin } = await givenAccess(page, /ReturnReady/);
  const second = await page.context().newPage();
  await obtainConsent(second, { application: /InvoiceNadi/, username: DEVIKA.username });
  await page.goto(`/access/${gstin}`);
  await settled(page);
  await page.getByRole('checkbox', { name: /Choose the access of ReturnReady/ }).first().check();
  await page.getByRole('checkbox', { name: /Choose the access of InvoiceNadi/ }).first().check();
  await page.getByRole('button', { name: 'Revoke the chosen ones…' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Revoke 2 accesses?');
  await expectSound(page);
  await page.getByRole('button', { name: 'Revoke 2 accesses' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('What became of each');
  await expect(said(page)).toContainText('All 2 accesses have ended.');
  await expect(page.getByRole('link', { name: /Receipt for/ })).toHaveCount(2);
  await expectSound(page);
  await isRefused(asp, /AUTH4033/);
  await isRefused(second, /AUTH4033/);
  await page.getByRole('link', { name: 'Receipt for ReturnReady' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Receipt: access ended');

  await test.step('nothing chosen says what to do', async () => {
    await page.goto('/revoke');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing is chosen');
    await expectSound(page);
  });

  await test.step('all at once', async () => {
    await obtainConsent(second, { application: /InvoiceNadi/, username: DEVIKA.username });
    await page.goto(`/access/${gstin}`);
    await page.getByRole('link', { name: 'Revoke all…' }).click();
    await page.getByRole('button', { name: /^Revoke \d+ access(es)?$/ }).click();
    await expect(said(page)).toContainText(/access(es)? ha(s|ve) ended/);
    await page.goto(`/access/${gstin}`);
    await expect(page.getByText('No application can fetch your GST data now.')).toBeVisible();
    await expectSound(page);
  });
});

test('a list is looked through by its address, and what is looked for can be taken away again', async ({ page }) => {
  const gstin = await signIn(page, ASHA);
  await page.goto(`/access/${gstin}/history`);
  await settled(page);
  await page.getByText('Find', { exact: true }).first().click();
  await page.getByLabel('Name of the ASP').fill('ledgerleaf');
  await page.getByLabel('Status').selectOption({ label: 'Expired' });
  await page.getByLabel('Order').selectOption({ label: 'Oldest first' });
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await expect(page).toHaveURL(/asp=ledgerleaf&.*state=expired/);
  const names = page.getByRole('main').locator(`a[href*="/consents/"]`);
  await expect(names.first()).toBeVisible();
  for (const name of await names.allTextContents()) expect(name).toContain('LedgerLeaf');
  await expectSound(page);

  await page.getByRole('link', { name: 'Remove: Status: Expired' }).click();
  await expect(page).toHaveURL(/asp=ledgerleaf&sort=oldest$/);
  await page.goto(`/access/${gstin}/history?asp=nobody`);
  await expect(page.getByText('Nothing matches what you are looking for.')).toBeVisible();
  await expectSound(page);
  await page.getByRole('link', { name: 'Clear all, show everything' }).click();
  await expect(page).toHaveURL(new RegExp(`/access/${gstin}/history$`));
  await expect(names.first()).toBeVisible();
});

test('who acts for several taxpayers sees them together, and acts on all in one go', async ({ page, complaints }) => {
  complaints.allow(/status of 4(01|03)/);
  const asps = [];
  for (const username of [/Pune/, /Surat/]) {
    const asp = await page.context().newPage();
    await obtainConsent(asp, { application: /Bahi Khata/, username });
    asps.push(asp);
  }
  await signIn(page, ASHA);
  await page.goto('/?asp=bahi');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('All your taxpayers');
  await expectSound(page);
  for (const box of await page.getByRole('checkbox', { name: /Choose the access of Bahi Khata/ }).all()) await box.check();
  await page.getByRole('button', { name: 'Revoke the chosen ones…' }).click();
  await expectSound(page);
  await page.getByRole('button', { name: /^Revoke \d+ accesses$/ }).click();
  await expect(said(page)).toContainText('accesses have ended.');
  for (const asp of asps) await isRefused(asp, /AUTH4033/);

  await test.step('and freezes all', async () => {
    await page.goto('/');
    await act(page, 'Freeze all taxpayers…', 'Until I lift it');
    await expect(said(page)).toContainText('Frozen: Meghdoot Handlooms, Pune');
    for (const place of ['Pune', 'Surat', 'Mysuru']) {
      await page.goto('/');
      await page.getByRole('main').getByRole('link', { name: new RegExp(place) }).first().click();
      await act(page, 'Lift the freeze…', 'Lift the freeze');
      await expect(said(page)).toContainText('The freeze is lifted');
    }
  });
});

/** An application that asks for an OTP and is refused. */
async function asksInVain(page, application) {
  const asp = await page.context().newPage();
  await asp.goto('/demo/asp');
  await asp.getByLabel('Application').selectOption({ label: await optionOf(asp, application, 'Application') });
  await asp.getByLabel('Taxpayer').selectOption({ label: await optionOf(asp, DEVIKA.username) });
  await asp.getByRole('button', { name: /request otp/i }).click();
  await expect(asp.getByText(/AUTH4037/).first()).toBeVisible();
  await asp.close();
}

async function optionOf(page, words, label = 'Taxpayer') {
  const all = await page.getByLabel(label).locator('option').allTextContents();
  return all.find((text) => words.test(text)).trim();
}

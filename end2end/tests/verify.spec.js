// A receipt in the hand of a taxpayer: downloaded by a plain link, checked in the browser, and nothing is sent anywhere.
import fs from 'node:fs';
import { expect, expectSound, settled, test } from './support/test.js';
import { signIn } from './support/story.js';

const ended = /given back|revoked/i;

/** The page of a consent that has ended, out of the history of the sample data. */
async function openEnded(page) {
  const gstin = await signIn(page);
  await page.goto(`/access/${gstin}/history`);
  await settled(page);
  await page.getByRole('row').filter({ hasText: ended }).first().getByRole('link').first().click();
  await expect(page).toHaveURL(/\/consents\//);
  await settled(page);
  return gstin;
}

async function download(page, link) {
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  return fs.readFileSync(await file.path());
}

/** Lays a file down and counts what the browser asks the network for meanwhile. */
async function lay(page, name, buffer) {
  const asked = [];
  const note = (request) => asked.push(request.url());
  page.on('request', note);
  await page.getByLabel('File').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  await expect(page.getByRole('heading', { level: 2, name: /genuine|not accepted/i })).toBeVisible();
  page.off('request', note);
  expect(asked, 'requests while checking').toEqual([]);
}

test('receipts and history are downloaded by plain links', async ({ page }) => {
  const gstin = await openEnded(page);
  await expectSound(page);
  const receipts = await download(page, page.getByRole('link', { name: 'Signed file (JSON)' }).last());
  expect(JSON.parse(receipts).content.kind).toBe('ending_receipt');
  const paper = await download(page, page.getByRole('link', { name: 'To print, हिन्दी (PDF)' }).first());
  expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
  await page.goto(`/access/${gstin}/history`);
  await expectSound(page);
  const csv = await download(page, page.getByRole('link', { name: 'For a spreadsheet (CSV)' }));
  expect(csv.toString().split('\r\n').at(-2)).toMatch(/^"signed hashes"/);
});

test('two clicks from the list of consents stands a verified receipt', async ({ page }) => {
  test.skip(test.info().project.use.javaScriptEnabled === false, 'a browser checks with scripts only');
  const gstin = await signIn(page);
  await page.goto(`/access/${gstin}/history`);
  await settled(page);
  await page.getByRole('row').filter({ hasText: ended }).first().getByRole('link').first().click();
  await page.getByRole('link', { name: 'Check it now' }).last().click();
  await expect(page.getByRole('heading', { name: 'Genuine and unchanged' })).toBeVisible();
  await expect(page.getByText(gstin).first()).toBeVisible();
  await expectSound(page);
});

test('a file is checked in the browser, and one changed byte is named', async ({ page }) => {
  test.skip(test.info().project.use.javaScriptEnabled === false, 'a browser checks with scripts only');
  const gstin = await openEnded(page);
  const receipt = await download(page, page.getByRole('link', { name: 'Signed file (JSON)' }).last());
  await page.goto(`/access/${gstin}/history`);
  const history = await download(page, page.getByRole('link', { name: 'For software (JSON Lines)' }));
  await page.goto('/verify');
  await expectSound(page);

  await lay(page, 'receipt.json', receipt);
  await expect(page.getByRole('status')).toContainText('Genuine and unchanged');
  await expect(page.getByRole('status')).toContainText(JSON.parse(receipt).content.record_id);
  await expectSound(page);
  const changed = receipt.toString().replace(/("committed_at":"20\d\d-\d\d-\d)\d/, (_, before) => `${before}x`);
  await lay(page, 'changed.json', Buffer.from(changed));
  await expect(page.getByRole('status')).toContainText('/ending/committed_at');
  await expectSound(page);

  await lay(page, 'history.jsonl', history);
  await expect(page.getByRole('status')).toContainText('not one byte of it was changed');
  const place = history.length >> 1;
  history[place] ^= 1;
  await lay(page, 'history.jsonl', history);
  await expect(page.getByRole('status')).toContainText(/rows \d+ to \d+/);
  await lay(page, 'large.json', Buffer.alloc(3_000_000, '{'));
  await expect(page.getByRole('status')).toContainText('This file has 3000000 bytes');

  await page.getByLabel('Or paste a receipt').fill(receipt.toString());
  await page.getByRole('button', { name: 'Check what was pasted' }).click();
  await expect(page.getByRole('status')).toContainText('Genuine and unchanged');
});

test('without scripts the page says how to check by the command line', async ({ page }) => {
  await page.goto('/verify');
  await expectSound(page);
  const off = test.info().project.use.javaScriptEnabled === false;
  await expect(page.getByText('Checking here needs JavaScript')).toBeVisible({ visible: off });
  await expect(page.getByText('asp-access verify FILE --keys keys.json')).toBeVisible();
  const keys = await download(page, page.getByRole('link', { name: 'Public keys (keys.json)' }));
  expect(JSON.parse(keys).keys[0].public_key).toMatch(/^[0-9a-f]{64}$/);
});

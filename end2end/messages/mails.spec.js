// How every mail looks, as a picture of the HTML in the server's snapshots. Those guard the words
// (`server/src/alerts/message/tests.rs`); a picture guards what a browser makes of them. After a change that is wanted,
// `scripts/test-mails --update-snapshots` takes the pictures anew: look at each before it is committed.
import { expect, expectNoSidewaysScroll } from '../tests/support/test.js';
import { kindsIn, mails, NARROW, pictureOf, remove, stored, WIDE } from './support/mails.js';
import { test } from './support/reader.js';
import { small } from './support/small.js';

/** The languages that there are mails in. */
const languages = [...new Set(mails.map(({ language }) => language))];

/** Without its font a letter is a box. Debian's fonts-noto-core has one a script; what is not English has two scripts. */
const fontsOf = (language) => (language === 'en' ? ['Noto Sans'] : ['Noto Sans', expect.stringMatching(/^Noto Sans \w+$/)]);

/**
 * Between two Chromiums, six versions apart, no pixel differed, so little is let pass. `threshold`: two colours are one
 * where pixelmatch's measure says at most 35215 × 0.035² = 43. One step of our 32 shades of grey is 33; the amber of the
 * box against white, the faintest thing that could go, is 57. What it takes for the antialiased edge of a letter it does
 * not count at all. `maxDiffPixels`: the smallest thing that could go, the line under a row on a phone, is 278. A picture
 * of another size fails whatever these say, as with a row more or less.
 */
const tolerance = { threshold: 0.035, maxDiffPixels: 150 };

test('every kind of mail is written in every language', () => {
  expect(languages).toEqual(expect.arrayContaining(['en', 'hi']));
  for (const language of languages) expect(kindsIn(language), language).toEqual(kindsIn('en'));
});

for (const mail of mails) {
  test(`${mail.name} looks as it did`, async ({ reader }) => {
    const { page } = reader;
    await reader.show(mail);
    expect(await reader.fontsOf(['h1', 'p', 'h2', 'td td']), 'fonts').toEqual(fontsOf(mail.language));
    for (const width of [WIDE, NARROW]) {
      await reader.resize(width);
      await expectNoSidewaysScroll(page);
      if (mail.widths.includes(width)) {
        const picture = await page.screenshot({ fullPage: true });
        expect.soft(small(picture)).toMatchSnapshot(pictureOf(mail, width).split('/'), tolerance);
      }
    }
    await expect(page.locator('html')).toHaveAttribute('lang', mail.language);
    await expect(page.locator('a[href], img, picture, svg, link, script, iframe, object, embed, form')).toHaveCount(0);
    await reader.expectAccessible(mail);
    expect(reader.loaded(), 'what the mail loads').toEqual([]);
  });
}

test('a name without spaces stays inside a phone', async ({ reader }) => {
  const mail = mails.find(({ name }) => name === 'consent_given_en');
  const html = mail.html.replaceAll('Khata Books &#60;Online&#62;', 'K'.repeat(40));
  expect(html).not.toBe(mail.html);
  await reader.show({ ...mail, html });
  await reader.resize(NARROW);
  await expectNoSidewaysScroll(reader.page);
});

test('every picture is of a mail that there is', () => {
  const wanted = mails.flatMap((mail) => mail.widths.map((width) => pictureOf(mail, width))).sort();
  const leftOver = stored().filter((picture) => !wanted.includes(picture));
  if (['all', 'changed'].includes(test.info().config.updateSnapshots)) leftOver.splice(0).forEach(remove);
  expect(leftOver, 'pictures of mails that are gone').toEqual([]);
  expect(stored()).toEqual(wanted);
});

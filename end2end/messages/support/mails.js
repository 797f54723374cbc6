// Every mail that the server's snapshots hold, and the pictures that there must be of it.
import fs from 'node:fs';
import path from 'node:path';

const snapshots = path.resolve(import.meta.dirname, '../../../server/src/alerts/message/snapshots');
const pictures = path.resolve(import.meta.dirname, '../pictures');

/** A mail reader's width, and a phone's. */
export const WIDE = 640;
export const NARROW = 360;
/** All mails have one layout: on a phone, these stand for it. Of the others it is only tested that they fit. */
const alsoNarrow = ['consent_given', 'otp', 'consent_ended'];

/** `name` is `otp_hi`, `kind` is `otp`, `language` is `hi`. */
export const mails = fs
  .readdirSync(snapshots)
  .filter((file) => file.endsWith('.snap'))
  .sort()
  .flatMap((file) => {
    const html = /<!doctype html>.*<\/html>/is.exec(fs.readFileSync(path.join(snapshots, file), 'utf8'))?.[0];
    const [name, kind, language] = /([a-z_]+)_([a-z]{2})(?=\.snap$)/.exec(file.split('__').at(-1)) ?? [file];
    const widths = alsoNarrow.includes(kind) ? [WIDE, NARROW] : [WIDE];
    return html ? [{ name, kind, language, html, widths }] : [];
  });

/** Which kinds are written in a language. */
export const kindsIn = (language) => mails.filter((mail) => mail.language === language).map(({ kind }) => kind);

/** Where the picture of a mail lies among the pictures. */
export const pictureOf = ({ name }, width) => `${width}/${name}.png`;

/** What lies there. */
export const stored = () =>
  fs
    .readdirSync(pictures, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(pictures, path.join(entry.parentPath, entry.name)))
    .sort();

/** Takes away a picture whose mail is gone. */
export const remove = (picture) => fs.rmSync(path.join(pictures, picture));

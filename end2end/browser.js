// The browser of every test here: the distribution's Chromium, which keeps to itself.

/** Offline machines and slow ones see no background traffic. */
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];
// Chromium refuses its sandbox to root, which is who runs in most containers.
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export const launchOptions = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: [...quiet, ...asRoot],
};

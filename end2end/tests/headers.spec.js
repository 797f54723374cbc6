// The headers that keep a page ours: one nonce a page, no inline code besides, no frame around it.
import { expect, test } from './support/test.js';
import { signIn } from './support/story.js';

function directives(policy) {
  return new Map(
    policy.split(';').map((text) => text.trim().split(/\s+/)).filter(([name]) => name).map(([name, ...rest]) => [name, rest]),
  );
}

async function policyOf(page, path) {
  const answer = await page.goto(path);
  const policy = await answer.headerValue('content-security-policy');
  expect(policy, `a policy on ${path}`).toBeTruthy();
  return { policy: directives(policy), text: policy, answer };
}

test('pages carry a strict policy with a nonce that no second page shares', async ({ page }) => {
  const gstin = await signIn(page);
  const nonces = [];
  for (let visit = 0; visit < 2; visit += 1) {
    const { policy, text } = await policyOf(page, `/access/${gstin}`);
    expect(text).not.toContain("'unsafe-inline'");
    expect(text).not.toContain("'unsafe-eval'");
    expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
    expect(policy.get('object-src') ?? policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('base-uri')).toBeDefined();
    const scripts = policy.get('script-src') ?? policy.get('default-src');
    nonces.push(scripts.find((source) => source.startsWith("'nonce-")));
  }
  expect(nonces[0]).toMatch(/^'nonce-[A-Za-z0-9+/=_-]{16,}'$/);
  expect(nonces[1]).not.toBe(nonces[0]);
});

test('pages are kept by nobody, sniffed by nobody, and tell nobody where they were', async ({ page }) => {
  const gstin = await signIn(page);
  const { answer } = await policyOf(page, `/access/${gstin}`);
  const headers = await answer.allHeaders();
  expect(headers['cache-control']).toContain('no-store');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toMatch(/^(no-referrer|same-origin|strict-origin)$/);
});

test('hashed files may be kept for ever, also by who is signed in, and come compressed', async ({ page }) => {
  const gstin = await signIn(page);
  await page.goto(`/access/${gstin}`);
  const hashed = await page.locator('link[rel="stylesheet"]').first().getAttribute('href');
  expect(hashed).toMatch(/\/asp-access\.[0-9a-f]{16}\.css$/);
  // With the cookie of who is signed in.
  const answer = await page.request.get(hashed, { headers: { 'accept-encoding': 'br' } });
  expect(answer.status()).toBe(200);
  expect(answer.headers()['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(answer.headers()['content-encoding']).toBe('br');
});

test('the session cookie stays away from scripts and other sites', async ({ page, context }) => {
  await signIn(page);
  const cookies = await context.cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie.httpOnly, cookie.name).toBe(true);
    expect(['Lax', 'Strict'], cookie.name).toContain(cookie.sameSite);
  }
});

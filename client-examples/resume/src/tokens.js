// The access token of a session, renewed in time.
const MARGIN = 30_000;
const REFUSALS = ['UNAUTHENTICATED', 'BANNED'];
const RENEW = `mutation ($refreshToken: String) {
  refreshSession(refreshToken: $refreshToken) { accessToken accessTokenExpiresAt refreshToken } }`;

/** Whether somebody has to sign in again, if they may. */
export function isRefusal(problem) {
  return REFUSALS.includes(problem?.code);
}

/** Keeps what a sign-in gave; without tokens, a browser's cookies are renewed. */
export function tokens({ url, onChange, fetch = globalThis.fetch, ...signIn }) {
  let held = signIn;
  let goodUntil = new Date(held.accessTokenExpiresAt ?? 0).getTime();
  let renewal;

  async function renew() {
    held = await renewed(fetch, url, held.refreshToken);
    // A clock that is ahead must not make us renew at every turn.
    goodUntil = Math.max(Date.parse(held.accessTokenExpiresAt), Date.now() + 2 * MARGIN);
    await onChange?.(held);
  }

  async function get() {
    if (Date.now() > goodUntil - MARGIN) {
      await (renewal ??= renew().finally(() => (renewal = undefined)));
    }
    return held.accessToken;
  }

  // Clients take an error here for fatal, or stumble over it; a refused token they try again.
  async function headers() {
    const token = await get().catch((error) => {
      if (isRefusal(error) || !held.accessToken) throw error;
      return held.accessToken;
    });
    return token ? { authorization: `Bearer ${token}` } : {};
  }

  const expired = () => void (goodUntil = 0);
  return { get, headers, connectionParams: headers, expired };
}

/** What `refreshSession` gives. Throws an error with the `code` of the refusal. */
async function renewed(fetch, url, refreshToken) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    credentials: refreshToken ? 'same-origin' : 'include',
    body: JSON.stringify({ query: RENEW, variables: { refreshToken } }),
  });
  const { data, errors } = await response.json();
  if (data?.refreshSession) return data.refreshSession;
  const { message, extensions } = errors?.[0] ?? { message: `no answer but ${response.status}` };
  throw Object.assign(new Error(message), { code: extensions?.code, extensions });
}

import { useSyncExternalStore } from 'react';

export interface Request {
  query: string;
  variables?: unknown;
  operationName?: string | null;
}

export interface Problem {
  message: string;
  extensions?: { code?: string };
}

export interface Answer<Data = Record<string, unknown>> {
  data?: Data | null;
  errors?: Problem[];
}

export interface User {
  id: string;
  username: string;
  displayName: string;
}

export interface Server {
  name: string;
  version: string;
  registration: 'OPEN' | 'INVITE' | 'CLOSED';
}

export interface Session {
  server: Server | null;
  /** Null when nobody is signed in, as far as we know; undefined before we know. */
  user: User | null | undefined;
}

/** Tells the web client's tabs, which have the same cookies, who is signed in now. */
const tabs = new BroadcastChannel('tertulia-session');

const USER = '{ id username displayName }';

let session: Session = { server: null, user: undefined };
const listeners = new Set<(now: Session, before: Session) => void>();

export const current = () => session;

export const useSession = () => useSyncExternalStore(listen, current);

export function listen(listener: (now: Session, before: Session) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Sends a request, and once more if the session had to be renewed in between. */
export async function ask<Data = Record<string, unknown>>(request: Request): Promise<Answer<Data>> {
  const answer = await send<Data>(request);
  return unauthenticated(answer.errors) && (await renew()) ? send<Data>(request) : answer;
}

export const unauthenticated = (errors?: readonly Problem[]) =>
  errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED') ?? false;

/** Whom we talk to, and as whom. */
export async function look(): Promise<void> {
  type Seen = { server: Server; me: User | null };
  const query = `{ server { name version registration } me ${USER} }`;
  try {
    const { data } = await send<Seen>({ query });
    if (data) change({ server: data.server });
    if (data?.me) change({ user: data.me });
    else await renew();
  } finally {
    if (session.user === undefined) change({ user: null });
  }
}

let renewal: Promise<boolean> | null = null;

/** Renews an access token that has expired. Says whether the user is still signed in. */
export function renew(): Promise<boolean> {
  if (session.user === null) return Promise.resolve(false);
  renewal ??= oneTabAtATime(async () => {
    const before = session.user;
    const user = (await me()) ?? (await refreshed());
    change({ user });
    return user !== null && (before === undefined || before?.id === user.id);
  })
    .catch(() => false)
    .finally(() => (renewal = null));
  return renewal;
}

/** When a renewal that is under way has ended. */
export const settled = async () => void (await renewal);

export async function enter(how: 'login' | 'register', username: string, password: string) {
  const type = how === 'login' ? 'LoginInput' : 'RegisterInput';
  const query = `mutation($input: ${type}!) { ${how}(input: $input) { user ${USER} } }`;
  const input = { username, password, useCookies: true };
  const { data, errors } = await send<Record<string, { user: User } | null>>({
    query,
    variables: { input },
  });
  const user = data?.[how]?.user;
  if (!user) throw new Error(errors?.[0]?.message ?? 'The server gave no answer.');
  change({ user });
  tabs.postMessage(user.id);
}

export async function leave(): Promise<void> {
  const { errors } = await ask({ query: 'mutation { logout }' });
  if (errors && !unauthenticated(errors)) throw new Error(errors[0]!.message);
  change({ user: null });
  tabs.postMessage(null);
}

async function send<Data>(request: Request): Promise<Answer<Data>> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    credentials: 'same-origin',
    body: JSON.stringify(request),
  }).catch(() => {
    throw new Error('The server cannot be reached.');
  });
  if (!response.headers.get('content-type')?.includes('json')) {
    throw new Error(`The server answers ${response.status} ${response.statusText}`.trim());
  }
  return response.json();
}

async function me(): Promise<User | null> {
  return (await send<{ me: User | null }>({ query: `{ me ${USER} }` })).data?.me ?? null;
}

async function refreshed(): Promise<User | null> {
  const query = `mutation { refreshSession { user ${USER} } }`;
  const { data, errors } = await send<{ refreshSession: { user: User } | null }>({ query });
  const code = errors?.[0]?.extensions?.code;
  if (code && !['UNAUTHENTICATED', 'BANNED'].includes(code)) throw new Error(errors[0]!.message);
  return data?.refreshSession?.user ?? null;
}

/** Tabs share the cookies, and a refresh token that is used twice can end the session. */
async function oneTabAtATime(work: () => Promise<boolean>): Promise<boolean> {
  // Browsers have no locks on pages that come over plain HTTP from elsewhere.
  return navigator.locks ? navigator.locks.request('tertulia-session', work) : work();
}

function change(changes: Partial<Session>): void {
  const before = session;
  session = { ...session, ...changes };
  for (const listener of listeners) listener(session, before);
}

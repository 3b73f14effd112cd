// Who is signed in. The tokens are in cookies that no script can read.
import type { ApolloClient } from '@apollo/client';
import {
  LoginDocument,
  LogoutDocument,
  RegisterDocument,
  RenewDocument,
  UpdateProfileDocument,
  WhoAmIDocument,
  type UpdateProfileInput,
} from '../api/generated/graphql';
import { problemOf, type Problem } from '../api/problems';
import type { Me } from '../api/said';
import { kept, store, type Store } from '../store';

export type Session =
  | { readonly state: 'looking' }
  /** Nobody has ever been refused: we simply cannot ask. */
  | { readonly state: 'unreachable'; readonly problem: Problem }
  | { readonly state: 'out'; readonly why: Problem | null }
  | { readonly state: 'in'; readonly me: Me };

const LOCK = 'tertulia-session';
const quietly = { context: { asNobody: true }, fetchPolicy: 'no-cache' } as const;

export class Sessions {
  readonly now: Store<Session> = store<Session>({ state: 'looking' });
  /** The other tabs, which have the same cookies: whoever comes or goes in one does so in all. */
  private readonly tabs = new BroadcastChannel(LOCK);
  private client!: ApolloClient;
  private renewal: Promise<boolean> | null = null;
  /** Whose things this page may still hold, or be asking for. */
  private latest: string | null = null;
  private turn = 0;
  /** This page is about to go, whatever is still heard or answered. */
  private over = false;

  constructor() {
    this.tabs.onmessage = ({ data: id }: MessageEvent<string | null>) => {
      if (id) this.see(id);
      else this.end(null);
    };
  }

  /** The client asks us to renew, and we ask with the client. */
  use(client: ApolloClient): void {
    this.client = client;
  }

  signedIn(): boolean {
    return this.now.get().state === 'in';
  }

  signedInAs(id: string): boolean {
    const now = this.now.get();
    return now.state === 'in' && now.me.id === id;
  }

  readonly look = async (): Promise<void> => {
    try {
      await this.renew();
    } catch (error) {
      this.now.set({ state: 'unreachable', problem: problemOf(error) });
    }
  };

  /** With the code of a second factor, where there is one. */
  async enter(username: string, password: string, otp: string | null = null): Promise<void> {
    const input = { username, password, otp, useCookies: true };
    await oneTabAtATime(async () => {
      const { data } = await this.client.mutate({
        ...quietly,
        mutation: LoginDocument,
        variables: { input },
      });
      this.enterAs(data!.login!.user);
    });
  }

  async register(
    username: string,
    password: string,
    displayName: string | null,
    inviteCode: string | null,
  ): Promise<void> {
    const input = { username, password, displayName, inviteCode, useCookies: true };
    await oneTabAtATime(async () => {
      const { data } = await this.client.mutate({
        ...quietly,
        mutation: RegisterDocument,
        variables: { input },
      });
      this.enterAs(data!.register!.user);
    });
  }

  async leave(): Promise<void> {
    await oneTabAtATime(async () => {
      // An expired token signs nobody out: the refresh token would sign them in again.
      for (const mutation of [LogoutDocument, RenewDocument, LogoutDocument]) {
        try {
          await this.client.mutate<unknown>({ ...quietly, mutation });
          if (mutation === LogoutDocument) break;
        } catch (error) {
          const problem = problemOf(error);
          if (!isOver(problem)) throw error;
          // Whoever has been shut out is out already.
          if (mutation === RenewDocument || problem.code === 'BANNED') break;
        }
      }
      this.end(null);
    });
    this.tabs.postMessage(null);
  }

  async change(input: UpdateProfileInput): Promise<void> {
    const { data } = await this.client.mutate({
      mutation: UpdateProfileDocument,
      variables: { input },
    });
    if (this.signedIn()) this.now.set({ state: 'in', me: data!.updateProfile! });
  }

  /** Whether somebody is signed in after it. Rejects where the server cannot be reached. */
  renew(): Promise<boolean> {
    this.renewal ??= oneTabAtATime(() => this.renewed()).finally(() => (this.renewal = null));
    return this.renewal;
  }

  /** The session is over: for a reason, or because somebody has signed out. */
  private end(why: Problem | null): void {
    if (this.over) return;
    const now = this.now.get();
    if (now.state !== 'out') this.now.set({ state: 'out', why });
    // Whoever sits here next is somebody else.
    if (!why && now.state === 'in') {
      for (const what of ['draft', 'outbox', 'last']) kept.forget(`${what}.${now.me.id}`);
    }
  }

  private async renewed(): Promise<boolean> {
    const had = this.signedIn();
    const turn = this.turn;
    try {
      this.begin(await this.me());
    } catch (error) {
      const problem = problemOf(error);
      if (!isOver(problem)) throw error;
      // Somebody has signed in meanwhile.
      if (this.turn !== turn) return this.signedIn();
      // Somebody who was never here is told of no session that has ended.
      this.end(problem.code === 'BANNED' || had ? problem : null);
    }
    return this.signedIn();
  }

  /** Another tab may have renewed the session while we waited. */
  private async me(): Promise<Me> {
    try {
      const { data } = await this.client.query({ ...quietly, query: WhoAmIDocument });
      return data!.me!;
    } catch (error) {
      if (problemOf(error).code !== 'UNAUTHENTICATED') throw error;
    }
    const { data } = await this.client.mutate({ ...quietly, mutation: RenewDocument });
    return data!.refreshSession!.user;
  }

  private enterAs(me: Me): void {
    this.tabs.postMessage(me.id);
    this.begin(me);
  }

  private begin(me: Me): void {
    if (this.over) return;
    if (this.latest && this.latest !== me.id) return this.beginAnew();
    this.latest = me.id;
    this.turn += 1;
    this.now.set({ state: 'in', me });
  }

  /** Another tab has signed somebody in. */
  private see(id: string): void {
    const now = this.now.get();
    if (now.state !== 'in') void this.look();
    else if (now.me.id !== id) this.beginAnew();
  }

  /** What is here, or still to come, is somebody else's: a new page knows nothing of it. */
  private beginAnew(): void {
    this.over = true;
    this.now.set({ state: 'looking' });
    location.replace('/');
  }
}

const isOver = ({ code }: Problem): boolean => code === 'UNAUTHENTICATED' || code === 'BANNED';

/** Tabs share the cookies, and a refresh token that is used twice can end the session. */
async function oneTabAtATime<Done>(work: () => Promise<Done>): Promise<Done> {
  // Browsers have no locks on pages that come over plain HTTP from elsewhere.
  return navigator.locks ? navigator.locks.request(LOCK, async () => work()) : work();
}

/** What a client writes when it begins an operation. */
export interface Payload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** What an operation gave. */
export interface Result {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: ReadonlyArray<{
    readonly message: string;
    readonly extensions?: Record<string, unknown>;
  }>;
}

/** What clients of graphql-ws and of graphql-sse have in common. */
export interface SubscribingClient {
  // Both take results of whatever type the caller says.
  subscribe(payload: any, sink: any, ...more: any[]): () => void;
}

export interface ResumeOptions {
  /** The variable that takes the cursor to go on after. Default: `after`. */
  variable?: string;
  /** The cursor of a result. Default: the root field's `cursor`, or `id` if the variable is an ID. */
  cursorOf?: (result: Result) => string | null | undefined;
  /** Whether an operation without a cursor first asks for `head`. Default: true. */
  fromHead?: boolean;
  /**
   * Called at CURSOR_EXPIRED with the cursor that has: loads afresh, and gives the cursor to go on
   * after; nothing: after the head as it is then. Without it, the error reaches the sink.
   */
  onExpired?: (cursor: string) => MaybePromise<string | null | undefined | void>;
  /** Renewed when a socket is closed with 4403, or an operation is refused as UNAUTHENTICATED. */
  tokens?: Pick<Tokens, 'expired'>;
}

/** The same client, whose subscriptions go on where they were after a lost connection. */
export function resumable<Client extends SubscribingClient>(
  client: Client,
  options?: ResumeOptions,
): Client;

/** Options for `createClient` of graphql-ws and of graphql-sse: try again, unless refused. */
export const retrying: {
  readonly retryAttempts: number;
  readonly shouldRetry: (problem: unknown) => boolean;
  readonly retryWait: (retries: number) => Promise<void>;
  readonly retry: (retries: number) => Promise<void>;
};

/** Of an AuthPayload; its tokens are null where they are in cookies. */
export interface SignIn {
  accessToken?: string | null;
  accessTokenExpiresAt?: string | null;
  refreshToken?: string | null;
}

export interface TokensOptions extends SignIn {
  /** Of the GraphQL endpoint, over HTTP. */
  url: string | URL;
  /** Called, and waited for, after each renewal: keep what it is given, and nothing older. */
  onChange?: (signIn: SignIn) => MaybePromise<unknown>;
  fetch?: typeof globalThis.fetch;
}

export interface Tokens {
  /**
   * An access token that is good for at least 30 seconds; null where it is in a cookie. Rejects
   * with an error whose `code` says why the renewal was refused, or with that of `fetch`.
   */
  get(): Promise<string | null | undefined>;
  /** `{ authorization }`: with the old token where only the network is in the way of a new one. */
  headers(): Promise<Record<string, string>>;
  /** The same, for graphql-ws. */
  connectionParams(): Promise<Record<string, string>>;
  /** Says that the token is not taken any more, whatever the clock says. */
  expired(): void;
}

/** The tokens of a sign-in, renewed in time; without any, those in a browser's cookies. */
export function tokens(options: TokensOptions): Tokens;

type MaybePromise<T> = T | Promise<T>;

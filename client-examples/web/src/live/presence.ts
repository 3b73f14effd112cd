// Who is online, of those with whom one shares a channel.
import type { ApolloClient } from '@apollo/client';
import { AroundDocument, PresenceDocument } from '../api/generated/graphql';
import { store } from '../store';
import type { Connection } from './connection';
import { following } from './following';

const PAGE = 50;

export class Presence {
  readonly online = store<ReadonlySet<string>>(new Set());
  private unfollow = () => {};
  private over = false;

  constructor(
    private readonly client: ApolloClient,
    private readonly connection: Connection,
    private readonly here: () => boolean,
  ) {}

  begin(): void {
    this.unfollow = following({
      begin: () => {
        // What happened while nobody listened is lost: so it is asked for anew.
        void this.look();
        return this.client.subscribe({ query: PresenceDocument, fetchPolicy: 'no-cache' });
      },
      next: ({ presenceChanged: { id, online } }) => this.note([[id, online === true]]),
      worthwhile: this.here,
      connection: this.connection,
    });
  }

  /** Asks who of those in one's conversations is there. */
  async look(): Promise<void> {
    let after: string | null | undefined = null;
    try {
      do {
        const { data } = (await this.client.query({
          query: AroundDocument,
          variables: { first: PAGE, after },
          fetchPolicy: 'no-cache',
        })) as { data: { channels: Around } };
        const { nodes, pageInfo } = data.channels;
        this.note(
          nodes.flatMap(({ people }) =>
            people.nodes.map(({ user }): [string, boolean] => [user.id, user.online === true]),
          ),
        );
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      } while (after && !this.over);
    } catch {
      // Then it is known when somebody comes or goes.
    }
  }

  end(): void {
    this.over = true;
    this.unfollow();
  }

  private note(changes: readonly [string, boolean][]): void {
    if (this.over) return;
    const next = new Set(this.online.get());
    for (const [id, online] of changes) {
      if (online) next.add(id);
      else next.delete(id);
    }
    this.online.set(next);
  }
}

interface Around {
  nodes: readonly {
    people: { nodes: readonly { user: { id: string; online?: boolean | null } }[] };
  }[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

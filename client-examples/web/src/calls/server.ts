// What signals and calls need of the server, asked for like everything else.
import {
  CallChangedDocument,
  IceServersDocument,
  JoinCallDocument,
  LeaveCallDocument,
  SendSignalDocument,
  SetCallMediaDocument,
  SignalsDocument,
  type InCallFragment,
} from '../api/apart/generated/graphql';
import { isGone, isPassing, problemOf } from '../api/problems';
import type { Chat } from '../chat';
import { Refused, type Signals } from '../direct/signals';
import { following } from '../live/following';
import type { CallNow, Calls } from './call';

export function signalsOf(chat: Chat): Signals {
  const { client, line } = chat;
  return {
    async send(input) {
      try {
        await client.mutate({ mutation: SendSignalDocument, variables: { input }, fetchPolicy: 'no-cache' });
      } catch (error) {
        const problem = problemOf(error);
        throw isPassing(problem) ? error : new Refused(problem.code);
      }
    },
    listen(peer, hear) {
      let after: string | null = null;
      return following({
        begin: () =>
          client.subscribe({ query: SignalsDocument, variables: { peer, after }, fetchPolicy: 'no-cache' }),
        next({ signals: { id, fromUser, ...signal } }) {
          after = id;
          hear({ ...signal, fromUser: fromUser.id, person: fromUser });
        },
        worthwhile: () => chat.here(),
        connection: line,
      });
    },
    async iceServers() {
      const { data } = await client.query({ query: IceServersDocument, fetchPolicy: 'no-cache' });
      return data!.iceServers!.map(({ urls, username, credential }) => ({
        urls: [...urls],
        ...(username && credential && { username, credential }),
      }));
    },
  };
}

export function callsOf(chat: Chat): Calls {
  const { client, line } = chat;
  return {
    ...signalsOf(chat),
    async join(channelId, peer) {
      const variables = { channelId, peer };
      const { data } = await client.mutate({ mutation: JoinCallDocument, variables, fetchPolicy: 'no-cache' });
      return asItIs(data!.joinCall!)!;
    },
    async leave(channelId, peer) {
      await client.mutate({ mutation: LeaveCallDocument, variables: { channelId, peer }, fetchPolicy: 'no-cache' });
    },
    async setMedia(channelId, peer, media) {
      const input = { channelId, peer, ...media };
      await client.mutate({ mutation: SetCallMediaDocument, variables: { input }, fetchPolicy: 'no-cache' });
    },
    watch: (channelId, told) =>
      following({
        begin: () =>
          client.subscribe({ query: CallChangedDocument, variables: { channelId }, fetchPolicy: 'no-cache' }),
        next: ({ callChanged }) => told(asItIs(callChanged)),
        worthwhile(problem) {
          if (!problem || !isGone(problem)) return chat.here();
          told(null);
          return false;
        },
        connection: line,
      }),
  };
}

function asItIs(call: InCallFragment | null): CallNow | null {
  return call && { ...call, participants: call.participants.map((one) => ({ ...one, user: one.user.id, person: one.user })) };
}

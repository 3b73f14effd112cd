// What is done with channels and people: the server is asked, and its answer is taken in.
import {
  AcceptDocument,
  AddMembersDocument,
  BlockDocument,
  CreateChannelDocument,
  HearDocument,
  InviteDocument,
  JoinDocument,
  OpenDirectDocument,
  UnblockDocument,
  type CreateChannelInput,
  type NotificationLevel,
} from '../api/generated/graphql';
import type { Chat } from '../chat';

/** Enters a PUBLIC channel. */
export async function join({ client, feed }: Chat, id: string): Promise<void> {
  const { data } = await client.mutate({ mutation: JoinDocument, variables: { id } });
  feed.admit(data!.joinChannel!);
}

/** Finds or begins the conversation with somebody; gives its id. */
export async function openDirect({ client, feed }: Chat, userId: string): Promise<string> {
  const { data } = await client.mutate({ mutation: OpenDirectDocument, variables: { userId } });
  feed.admit(data!.openDirectChannel!);
  return data!.openDirectChannel!.id;
}

export async function create({ client, feed }: Chat, input: CreateChannelInput): Promise<string> {
  const { data } = await client.mutate({ mutation: CreateChannelDocument, variables: { input } });
  feed.admit(data!.createChannel!);
  return data!.createChannel!.id;
}

export async function addMember({ client, feed }: Chat, channelId: string, userId: string): Promise<void> {
  const variables = { channelId, userIds: [userId] };
  const { data } = await client.mutate({ mutation: AddMembersDocument, variables });
  feed.admit(data!.addMembers!);
}

/** Goes where one is invited to; gives the channel's id, or null for an invitation to the server. */
export async function accept({ client, feed }: Chat, code: string): Promise<string | null> {
  const { data } = await client.mutate({ mutation: AcceptDocument, variables: { code } });
  const room = data?.acceptInvite;
  if (room) feed.admit(room);
  return room?.id ?? null;
}

/** Gives a link with which others come in. */
export async function invite({ client }: Chat, channelId: string): Promise<string> {
  const { data } = await client.mutate({ mutation: InviteDocument, variables: { input: { channelId } } });
  return data!.createInvite!.url;
}

export async function hear({ client }: Chat, channelId: string, level: NotificationLevel): Promise<void> {
  await client.mutate({ mutation: HearDocument, variables: { channelId, level } });
}

export async function block({ client }: Chat, userId: string): Promise<void> {
  await client.mutate({ mutation: BlockDocument, variables: { userId } });
}

export async function unblock({ client }: Chat, userId: string): Promise<void> {
  await client.mutate({ mutation: UnblockDocument, variables: { userId } });
}

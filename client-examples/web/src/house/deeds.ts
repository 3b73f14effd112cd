// What brings a channel into the list: the server is asked, and its answer is taken in.
import {
  AddMembersDocument,
  CreateChannelDocument,
  JoinDocument,
  OpenDirectDocument,
  type CreateChannelInput,
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

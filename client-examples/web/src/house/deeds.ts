// What is done with channels and people: the server is asked, and its answer is taken in.
import {
  AcceptDocument,
  AddMembersDocument,
  AppointDocument,
  BlockDocument,
  CreateChannelDocument,
  ChannelExportDocument,
  DeleteChannelDocument,
  HearDocument,
  InviteDocument,
  JoinDocument,
  MuteDocument,
  OpenDirectDocument,
  OwnExportDocument,
  RemoveDocument,
  UnblockDocument,
  UnmuteDocument,
  UpdateChannelDocument,
  type ChannelRole,
  type CreateChannelInput,
  type NotificationLevel,
  type UpdateChannelInput,
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

/** Gives a link with which others come in, to the server if not to a channel. */
export async function invite({ client }: Chat, channelId: string | null): Promise<string> {
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

export async function change({ client, feed }: Chat, input: UpdateChannelInput): Promise<void> {
  const { data } = await client.mutate({ mutation: UpdateChannelDocument, variables: { input } });
  feed.admit(data!.updateChannel!);
}

export async function destroy({ client }: Chat, id: string): Promise<void> {
  await client.mutate({ mutation: DeleteChannelDocument, variables: { id } });
}

/** Gives a member another role; OWNER hands the channel over. */
export async function appoint({ client, feed }: Chat, channelId: string, userId: string, role: ChannelRole): Promise<void> {
  const variables = { channelId, userId, role };
  const { data } = await client.mutate({ mutation: AppointDocument, variables });
  feed.admit(data!.setChannelRole!);
}

export async function remove({ client, feed }: Chat, channelId: string, userId: string): Promise<void> {
  const { data } = await client.mutate({ mutation: RemoveDocument, variables: { channelId, userId } });
  feed.admit(data!.removeMember!);
}

/** Has a member say nothing in a channel until then; null: for good. */
export async function mute({ client }: Chat, channelId: string, userId: string, until: string | null): Promise<void> {
  await client.mutate({ mutation: MuteDocument, variables: { channelId, userId, until } });
}

export async function unmute({ client }: Chat, channelId: string, userId: string): Promise<void> {
  await client.mutate({ mutation: UnmuteDocument, variables: { channelId, userId } });
}

export async function exportOwn({ client }: Chat): Promise<void> {
  const { data } = await client.query({ query: OwnExportDocument, fetchPolicy: 'no-cache' });
  download(data!.export!.url);
}

export async function exportChannel({ client }: Chat, channelId: string): Promise<void> {
  const variables = { channelId };
  const { data } = await client.query({ query: ChannelExportDocument, variables, fetchPolicy: 'no-cache' });
  download(data!.exportChannel!.url);
}

/** A link to an export is made when it is asked for, as it is good for some minutes only. */
function download(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}

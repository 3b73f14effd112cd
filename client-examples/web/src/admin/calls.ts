// What is done to accounts: the server is asked.
import {
  BanDocument,
  ChangeUserDocument,
  DeleteUserDocument,
  GiveRoleDocument,
  MakeUserDocument,
  PurgeDocument,
  ResetPasswordDocument,
  ResetSecondFactorDocument,
  UnbanDocument,
  type CreateUserInput,
  type Role,
  type UpdateUserInput,
  type UserContent,
} from '../api/apart/generated/graphql';
import type { Chat } from '../chat';

export async function ban({ client }: Chat, userId: string, reason: string, until: string | null): Promise<void> {
  await client.mutate({ mutation: BanDocument, variables: { input: { userId, reason, until } } });
}

export async function unban({ client }: Chat, userId: string): Promise<void> {
  await client.mutate({ mutation: UnbanDocument, variables: { userId } });
}

export async function giveRole({ client }: Chat, userId: string, role: Role): Promise<void> {
  await client.mutate({ mutation: GiveRoleDocument, variables: { userId, role } });
}

export async function changeUser({ client }: Chat, input: UpdateUserInput): Promise<void> {
  await client.mutate({ mutation: ChangeUserDocument, variables: { input } });
}

/** Makes an account; gives the link to choose a password with. */
export async function makeUser({ client }: Chat, input: CreateUserInput): Promise<string | null> {
  const { data } = await client.mutate({ mutation: MakeUserDocument, variables: { input } });
  return data!.createUser!.setPasswordUrl;
}

/** Gives a link with which somebody chooses a new password, once. */
export async function resetPassword({ client }: Chat, userId: string): Promise<string> {
  const { data } = await client.mutate({ mutation: ResetPasswordDocument, variables: { userId } });
  return data!.resetPassword!.url;
}

export async function resetFactor({ client }: Chat, userId: string): Promise<void> {
  await client.mutate({ mutation: ResetSecondFactorDocument, variables: { userId } });
}

export async function deleteUser({ client }: Chat, userId: string, content: UserContent): Promise<void> {
  await client.mutate({ mutation: DeleteUserDocument, variables: { userId, content } });
}

/** Takes away what somebody has said; gives how many messages went. */
export async function purge({ client }: Chat, userId: string): Promise<number> {
  const { data } = await client.mutate({ mutation: PurgeDocument, variables: { input: { userId } } });
  return data!.purgeMessages!;
}

// Names for what operations give, as the generated types have none for all of them.
import type {
  FeedSubscription,
  HeldFragment,
  LatestFragment,
  MeFragment,
  PersonFragment,
  RoomFragment,
  SaidFragment,
  ShownFragment,
} from './generated/graphql';

export type Person = PersonFragment;
export type Me = MeFragment;
export type Room = RoomFragment;
export type Latest = LatestFragment;
/** A message, and what is one's own about it, where that is known. */
export type Said = SaidFragment & Partial<Pick<HeldFragment, 'myReactions'>>;
export type Shown = ShownFragment;
export type Happening = FeedSubscription['events'];

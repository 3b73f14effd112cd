// Names for what operations give, as the generated types have none for all of them.
import type {
  FeedSubscription,
  MeFragment,
  PersonFragment,
  RoomFragment,
  SaidFragment,
} from './generated/graphql';

export type Person = PersonFragment;
export type Me = MeFragment;
export type Room = RoomFragment;
export type Said = SaidFragment;
export type Happening = FeedSubscription['events'];

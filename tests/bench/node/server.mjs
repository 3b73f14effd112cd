// The small chat schema of the benchmark, as a JavaScript team would write it: graphql-yoga,
// graphql-ws, better-sqlite3 with prepared statements, WAL, and no fsync at all.
import { createServer } from 'node:http';
import { setMaxListeners } from 'node:events';
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import DataLoader from 'dataloader';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { useServer } from 'graphql-ws/use/ws';
import jwt from 'jsonwebtoken';
import { WebSocketServer } from 'ws';

const [file, port, people, stored, rooms, said] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const KEY = Buffer.alloc(64, 7);
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = OFF');
db.exec(`
  CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT UNIQUE, displayName TEXT);
  CREATE TABLE channels (id TEXT PRIMARY KEY, kind TEXT, name TEXT, memberCount INTEGER,
    messageCount INTEGER DEFAULT 0, lastNumber INTEGER);
  CREATE TABLE members (channelId TEXT, userId TEXT, role TEXT, readCount INTEGER DEFAULT 0,
    PRIMARY KEY (channelId, userId));
  CREATE INDEX byUser ON members (userId);
  CREATE TABLE messages (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, channelId TEXT,
    authorId TEXT, body TEXT, createdAt TEXT);
  CREATE INDEX byChannel ON messages (channelId, number);`);
const sql = {
  addUser: db.prepare('INSERT INTO users VALUES (?, ?, ?)'),
  addChannel: db.prepare("INSERT INTO channels (id, kind, name, memberCount) VALUES (?, 'PRIVATE', ?, ?)"),
  addMember: db.prepare("INSERT INTO members (channelId, userId, role) VALUES (?, ?, 'MEMBER')"),
  isMember: db.prepare('SELECT 1 FROM members WHERE channelId = ? AND userId = ?'),
  user: db.prepare('SELECT * FROM users WHERE id = ?'),
  insert: db.prepare('INSERT INTO messages (id, channelId, authorId, body, createdAt) VALUES (?, ?, ?, ?, ?)'),
  advance: db
    .prepare('UPDATE channels SET messageCount = messageCount + 1, lastNumber = ? WHERE id = ? RETURNING messageCount')
    .pluck(),
  read: db.prepare('UPDATE members SET readCount = ? WHERE channelId = ? AND userId = ?'),
  last: db.prepare('SELECT * FROM messages WHERE channelId = ? ORDER BY number DESC LIMIT ?'),
  channels: db.prepare(`
    SELECT c.*, m.role, m.readCount FROM members m JOIN channels c ON c.id = m.channelId
    WHERE m.userId = ? ORDER BY c.lastNumber DESC LIMIT ?`),
};
const send = db.transaction((channelId, authorId, body) => {
  const row = { id: randomUUID(), channelId, authorId, body, createdAt: new Date().toISOString() };
  const { lastInsertRowid: number } = sql.insert.run(row.id, channelId, authorId, body, row.createdAt);
  sql.read.run(sql.advance.get(number, channelId), channelId, authorId);
  return { ...row, number };
});

const users = Array.from({ length: people }, (_, n) => ({ id: randomUUID(), username: `user${n}` }));
const channels = Array.from({ length: rooms + 1 }, () => randomUUID());
db.transaction(() => {
  for (const { id, username } of users) sql.addUser.run(id, username, username);
  channels.forEach((channelId, room) => {
    sql.addChannel.run(channelId, `room${room}`, people);
    for (const { id } of users) sql.addMember.run(channelId, id);
    for (let n = 0; n < (room ? said : stored); n++) send(channelId, users[n % people].id, `message ${n}`);
  });
})();

const loader = (table, key) =>
  new DataLoader(async (keys) => {
    const rows = db.prepare(`SELECT * FROM ${table} WHERE ${key} IN (${keys.map(() => '?')})`).all(...keys);
    const byKey = new Map(rows.map((row) => [row[key], row]));
    return keys.map((wanted) => byKey.get(wanted));
  });
const caller = (header) => {
  const { sub } = jwt.verify((header ?? '').slice(7), KEY, { algorithms: ['HS512'] });
  return { userId: sub, users: loader('users', 'id'), messages: loader('messages', 'number') };
};
const mustBeMember = (channelId, userId) => {
  if (!sql.isMember.get(channelId, userId)) throw new Error('There is no such channel.');
};

// All who follow a channel listen to one target, which is no leak.
setMaxListeners(0);
const pubSub = createPubSub();

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    scalar Cursor
    type User { id: ID! username: String! displayName: String! }
    type Message { id: ID! cursor: Cursor! body: String! createdAt: String! author: User }
    type MessageConnection { nodes: [Message!]! }
    type Membership { role: String! unreadCount: Int! }
    type Channel {
      id: ID! name: String! kind: String! memberCount: Int! membership: Membership! lastMessage: Message
    }
    type ChannelConnection { nodes: [Channel!]! }
    input SendMessageInput { channelId: ID! body: String }
    type Query {
      me: User
      channels(first: Int): ChannelConnection
      messages(channelId: ID!, last: Int): MessageConnection
    }
    type Mutation { sendMessage(input: SendMessageInput!): Message }
    type Subscription { messageAdded(channelId: ID!, after: Cursor): Message! }
  `,
  resolvers: {
    Query: {
      me: (_, __, { userId }) => sql.user.get(userId),
      channels: (_, { first }, { userId }) => ({ nodes: sql.channels.all(userId, first ?? 50) }),
      messages: (_, { channelId, last }, { userId }) => {
        mustBeMember(channelId, userId);
        return { nodes: sql.last.all(channelId, last ?? 50).reverse() };
      },
    },
    Mutation: {
      sendMessage: (_, { input: { channelId, body } }, { userId }) => {
        mustBeMember(channelId, userId);
        const row = send(channelId, userId, body);
        pubSub.publish('messageAdded', channelId, row);
        return row;
      },
    },
    Subscription: {
      messageAdded: {
        subscribe: (_, { channelId, after }, { userId }) => {
          if (after != null) throw new Error('Nothing is replayed here.');
          mustBeMember(channelId, userId);
          return pubSub.subscribe('messageAdded', channelId);
        },
        resolve: (row) => row,
      },
    },
    Channel: {
      membership: ({ role, messageCount, readCount }) => ({ role, unreadCount: messageCount - readCount }),
      lastMessage: ({ lastNumber }, _, { messages }) => lastNumber && messages.load(lastNumber),
    },
    Message: {
      cursor: ({ number }) => String(number),
      author: ({ authorId }, _, { users }) => users.load(authorId),
    },
  },
});

const yoga = createYoga({
  schema,
  logging: false,
  graphiql: false,
  context: ({ request }) => caller(request.headers.get('authorization')),
});
const server = createServer(yoga);
useServer(
  { schema, context: ({ connectionParams }) => caller(connectionParams?.authorization) },
  new WebSocketServer({ server, path: '/graphql' }),
);
server.listen(port, '127.0.0.1', () => {
  const tokens = users.map(({ id }) => jwt.sign({ sub: id }, KEY, { algorithm: 'HS512', expiresIn: '1d' }));
  console.log(JSON.stringify({ channel: channels[0], tokens }));
});

// The small chat schema of the benchmark, as a JavaScript team would write it: graphql-yoga,
// graphql-ws, better-sqlite3 with prepared statements, WAL, and no fsync at all.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import DataLoader from 'dataloader';
import { createSchema, createYoga } from 'graphql-yoga';
import { useServer } from 'graphql-ws/use/ws';
import jwt from 'jsonwebtoken';
import { WebSocketServer } from 'ws';

const [file, port, people, stored] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const KEY = Buffer.alloc(64, 7);
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = OFF');
db.exec(`
  CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT UNIQUE, displayName TEXT);
  CREATE TABLE members (channelId TEXT, userId TEXT, PRIMARY KEY (channelId, userId));
  CREATE TABLE messages (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, channelId TEXT,
    authorId TEXT, body TEXT, createdAt TEXT);
  CREATE INDEX byChannel ON messages (channelId, number);`);
const sql = {
  user: db.prepare('INSERT INTO users VALUES (?, ?, ?)'),
  member: db.prepare('INSERT INTO members VALUES (?, ?)'),
  isMember: db.prepare('SELECT 1 FROM members WHERE channelId = ? AND userId = ?'),
  send: db.prepare('INSERT INTO messages (id, channelId, authorId, body, createdAt) VALUES (?, ?, ?, ?, ?)'),
  last: db.prepare('SELECT * FROM messages WHERE channelId = ? ORDER BY number DESC LIMIT ?'),
};

const channel = randomUUID();
const users = Array.from({ length: people }, (_, n) => ({ id: randomUUID(), username: `user${n}` }));
db.transaction(() => {
  for (const { id, username } of users) {
    sql.user.run(id, username, username);
    sql.member.run(channel, id);
  }
  for (let n = 0; n < stored; n++) {
    sql.send.run(randomUUID(), channel, users[n % people].id, `message ${n}`, new Date().toISOString());
  }
})();

const loadUsers = async (ids) => {
  const rows = db.prepare(`SELECT * FROM users WHERE id IN (${ids.map(() => '?')})`).all(...ids);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id));
};
const caller = (header) => {
  const { sub } = jwt.verify((header ?? '').slice(7), KEY, { algorithms: ['HS512'] });
  return { userId: sub, users: new DataLoader(loadUsers) };
};
const mustBeMember = (channelId, userId) => {
  if (!sql.isMember.get(channelId, userId)) throw new Error('There is no such channel.');
};

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type User { id: ID! username: String! displayName: String! }
    type Message { id: ID! cursor: String! body: String! createdAt: String! author: User }
    type MessageConnection { nodes: [Message!]! }
    input SendMessageInput { channelId: ID! body: String }
    type Query { messages(channelId: ID!, last: Int): MessageConnection }
    type Mutation { sendMessage(input: SendMessageInput!): Message }
    type Subscription { unused: Int }
  `,
  resolvers: {
    Query: {
      messages: (_, { channelId, last }, { userId }) => {
        mustBeMember(channelId, userId);
        return { nodes: sql.last.all(channelId, last ?? 50).reverse() };
      },
    },
    Mutation: {
      sendMessage: (_, { input: { channelId, body } }, { userId }) => {
        mustBeMember(channelId, userId);
        const row = { id: randomUUID(), channelId, authorId: userId, body, createdAt: new Date().toISOString() };
        const { lastInsertRowid } = sql.send.run(row.id, channelId, userId, body, row.createdAt);
        return { ...row, number: lastInsertRowid };
      },
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
  console.log(JSON.stringify({ channel, tokens }));
});

// A stand-in for a client of graphql-ws or graphql-sse.
import { iterate } from './iterate.js';
import { resume } from './resume.js';

const FORBIDDEN = 4403;

/** The same client, but what follows a feed goes on where it was after a lost connection. */
export function resumable(client, options = {}) {
  const { variable = 'after', tokens } = options;
  client.on?.('closed', (event) => event?.code === FORBIDDEN && tokens?.expired());
  const subscribe = (payload, sink, ...more) => {
    const type = declaredType(payload, variable);
    if (!type) return client.subscribe(payload, sink, ...more);
    return resume((asked, to) => client.subscribe(asked, to, ...more), payload, sink, {
      variable,
      ...following(type, options),
      remedies: remedies(options),
    });
  };
  const iterating = (payload, ...more) => iterate((sink) => subscribe(payload, sink, ...more));
  return { ...client, subscribe, iterate: iterating };
}

/** The type with which a subscription declares the variable, if it does. */
function declaredType({ query, operationName }, variable) {
  const name = operationName ? `\\s+${operationName}` : '(?:\\s+\\w+)?';
  const declared = `(?:^|[\\s}])subscription${name}\\s*\\([^)]*\\$${variable}\\s*:\\s*(\\w+)`;
  return query?.replace(/#.*/g, '').match(declared)?.[1];
}

/** Where one stands: behind a cursor, or, where the variable is an ID, behind what has that id. */
function following(type, { cursorOf, fromHead = true }) {
  const field = type === 'ID' ? 'id' : 'cursor';
  const own = ({ data }) => Object.values(data ?? {})[0]?.[field];
  return { cursorOf: cursorOf ?? own, fromHead: fromHead && type !== 'ID' };
}

/** By the code of an error: what gives the cursor to go on from in spite of it. */
function remedies({ onExpired, tokens }) {
  const renewed = (cursor) => {
    tokens.expired();
    return cursor;
  };
  return { CURSOR_EXPIRED: onExpired, UNAUTHENTICATED: tokens && renewed };
}

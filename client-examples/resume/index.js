// Stock GraphQL clients whose subscriptions go on where they were.
export { resumable } from './src/resumable.js';
export { retrying } from './src/retrying.js';
export { tokens } from './src/tokens.js';

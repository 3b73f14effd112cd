import source from './operations.graphql?raw';

export interface Operation {
  name: string;
  title: string;
  document: string;
  needsChannel: boolean;
}

/** Each begins with its title, as a comment after an empty line. */
export const operations: Operation[] = source.split(/\n\n(?=#)/).map((document) => ({
  name: /^(?:query|mutation|subscription) (\w+)/m.exec(document)![1]!,
  title: /^# (.*)/.exec(document)![1]!,
  document: `${document.trim()}\n`,
  needsChannel: document.includes('$channelId'),
}));

import { pick, useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import { operations, type Operation } from './operations';
import { ask } from './session';

/** A panel of GraphiQL with operations to begin with. */
export const EXAMPLES: GraphiQLPlugin = {
  title: 'Examples',
  icon: () => (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
      <path d="M5 9.5h11v5a5 5 0 0 1-5 5h-1a5 5 0 0 1-5-5zM16 11h1.5a2.5 2.5 0 0 1 0 5H16M8.5 6.5c-.8-1.2.8-2 0-3.2M12.5 6.5c-.8-1.2.8-2 0-3.2" />
    </svg>
  ),
  content: Examples,
};

function Examples() {
  const { addTab, changeTab, setOperationName, setVisiblePlugin, stop } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(
    pick('tabs', 'queryEditor', 'variableEditor'),
  );

  async function show({ name, document, needsChannel }: Operation) {
    const variables = needsChannel ? { channelId: await latestChannel() } : null;
    const place = tabs.findIndex(({ title }) => title === name);
    stop();
    if (place < 0) addTab();
    else changeTab(place);
    queryEditor?.setValue(document);
    variableEditor?.setValue(variables ? JSON.stringify(variables, null, 2) : '');
    setOperationName(name);
    if (NARROW.matches) setVisiblePlugin(null);
  }

  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      <ul>
        {operations.map((operation) => (
          <li key={operation.name}>
            <button type="button" onClick={() => show(operation)}>
              {operation.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export const NARROW = matchMedia('(max-width: 50rem)');

async function latestChannel(): Promise<string> {
  type Channels = { channels: { nodes: { id: string }[] } | null };
  const asked = ask<Channels>({ query: '{ channels(first: 1) { nodes { id } } }' });
  const { data } = await asked.catch(() => ({ data: null }));
  return data?.channels?.nodes[0]?.id ?? 'the id of a channel';
}

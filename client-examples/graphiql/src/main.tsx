import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './style.css';
import './workers';
import { pick, useGraphiQL } from '@graphiql/react';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { Bar } from './Bar';
import { EXAMPLES, NARROW } from './Examples';
import { fetcher } from './fetcher';
import { operations } from './operations';
import { listen, look } from './session';
import { Theme, editorTheme } from './Theme';

const plugins = [EXAMPLES, HISTORY_PLUGIN];

function Page() {
  return (
    <>
      <Bar />
      <main>
        <GraphiQL
          fetcher={fetcher}
          plugins={plugins}
          visiblePlugin={NARROW.matches ? undefined : EXAMPLES}
          defaultQuery={operations[0]?.document}
          defaultEditorToolsVisibility="variables"
          isHeadersEditorEnabled={false}
          showPersistHeadersSettings={false}
          editorTheme={editorTheme}
        >
          <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
          <Theme />
          <LongLines />
        </GraphiQL>
      </main>
    </>
  );
}

function LongLines() {
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  useEffect(() => {
    queryEditor?.updateOptions({ wordWrap: 'on' });
    variableEditor?.updateOptions({ wordWrap: 'on' });
  }, [queryEditor, variableEditor]);
  return null;
}

listen(({ server }) => {
  if (server) document.title = `${server.name} · GraphiQL`;
});
// Another tab may have signed in or out meanwhile.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) look().catch(() => {});
});
look().catch(() => {});
createRoot(document.getElementById('page')!).render(<Page />);

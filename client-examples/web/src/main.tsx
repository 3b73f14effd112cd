import { ApolloProvider } from '@apollo/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { connected } from './chat';
import './look/style.css';
import './look/theme';
import { Sessions } from './session/session';
import { Stumble } from './ui/Stumble';

const sessions = new Sessions();
const line = connected(sessions);
void sessions.look();

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <ApolloProvider client={line.client}>
      <Stumble>
        <App sessions={sessions} connected={line} />
      </Stumble>
    </ApolloProvider>
  </StrictMode>,
);

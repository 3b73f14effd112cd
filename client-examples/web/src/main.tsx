import { ApolloProvider } from '@apollo/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { connected } from './chat';
import './look/style.css';
import './look/theme';
import { Sessions } from './session/session';
import { Stumble } from './ui/Stumble';
import { listen } from './words';

const sessions = new Sessions();
const line = connected(sessions);
void sessions.look();
void listen().then(() =>
  createRoot(document.getElementById('page')!).render(
    <StrictMode>
      <ApolloProvider client={line.client}>
        <Stumble>
          <App sessions={sessions} connected={line} />
        </Stumble>
      </ApolloProvider>
    </StrictMode>,
  ),
);

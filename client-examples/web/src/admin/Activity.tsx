// What goes on on the server, as it is now.
import { useQuery, useSubscription } from '@apollo/client/react';
import { ActivityLiveDocument, ActivityNowDocument } from '../api/apart/generated/graphql';
import { problemOf } from '../api/problems';
import { shortDate, shortTime } from '../conversation/times';
import { Wrong } from '../ui/Wrong';
import { useWords } from './useWords';
import { Kind } from '../house/Sidebar';
import { Plot } from './Plot';

export function Activity() {
  const say = useWords();
  const { data, error } = useQuery(ActivityNowDocument, { fetchPolicy: 'no-cache' });
  const live = useSubscription(ActivityLiveDocument, { fetchPolicy: 'no-cache' });
  const seen = live.data?.activityChanged ?? data?.activity;
  if (!seen) return error ? <Wrong problem={problemOf(error)} /> : <p className="quiet late">{say.loading}</p>;
  const { figures } = say.admin;
  const bytes = new Intl.NumberFormat(say.code, {
    style: 'unit',
    unit: 'megabyte',
    maximumFractionDigits: 1,
  }).format(seen.storageBytes / 1e6);
  const told: [string, string | number][] = [
    [figures.online, seen.peopleOnline],
    [figures.users, seen.users],
    [figures.connections, seen.connections],
    [figures.lastHour, seen.messagesLastHour],
    [figures.lastDay, seen.messagesLastDay],
    [figures.reports, seen.openReports],
    [figures.failed, seen.failedSignIns],
    [figures.waiting, seen.writesWaiting],
    [figures.storage, bytes],
  ];
  const busiest = Math.max(1, ...seen.busiestChannels.map(({ messages }) => messages));
  return (
    <>
      <Wrong problem={live.error ? problemOf(live.error) : null} />
      <dl className="figures">
        {told.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'number' ? value.toLocaleString(say.code) : value}</dd>
          </div>
        ))}
      </dl>
      <Plot
        title={say.admin.byHour}
        bars={seen.hours.map(({ since, messages }) => ({
          value: messages,
          label: shortTime(since, say),
        }))}
      />
      <Plot
        title={say.admin.byDay}
        bars={seen.days.map(({ since, messages }) => ({
          value: messages,
          label: shortDate(since, say),
        }))}
      />
      <h2>{say.admin.busiest}</h2>
      {seen.busiestChannels.length === 0 && <p className="quiet">{say.quiet}</p>}
      <ol className="busiest">
        {seen.busiestChannels.map(({ channel, messages }) => (
          <li key={channel.id}>
            <Kind kind={channel.kind} />
            <span>{channel.name ?? say.people}</span>
            <meter value={messages} max={busiest} aria-label={channel.name ?? say.people} />
            <small>{say.messageCount(messages)}</small>
          </li>
        ))}
      </ol>
      {seen.limits.length > 0 && (
        <>
          <h2>{say.admin.refused}</h2>
          <ul className="refused">
            {seen.limits.map(({ limit, refused }) => (
              <li key={limit}>
                <code>{limit}</code> {refused.toLocaleString(say.code)}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

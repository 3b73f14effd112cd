// What was done by right of a role, and what concerns the safety of accounts.
import { useState } from 'react';
import { AuditLogDocument, type AuditAction } from '../api/apart/generated/graphql';
import { stamp } from '../conversation/times';
import { Wrong } from '../ui/Wrong';
import { useWords, type Words } from './useWords';
import { useListed } from './listed';
import { More } from './More';

/** While a year is typed it is one of long ago. */
const isYear = /^2\d{3}-/;

export function Audit() {
  const say = useWords();
  const [action, setAction] = useState<AuditAction | ''>('');
  const [since, setSince] = useState('');
  const filter = {
    ...(action && { actions: [action] }),
    ...(isYear.test(since) && { since: new Date(`${since}T00:00`).toISOString() }),
  };
  const list = useListed(AuditLogDocument, 'auditLog', { filter, first: 50 });
  const actions = Object.entries(say.admin.actions) as [AuditAction, string][];
  return (
    <>
      <p className="quiet">{say.admin.auditHelp}</p>
      <div className="filters">
        <label className="field">
          <span>{say.admin.what}</span>
          <select value={action} onChange={({ target }) => setAction(target.value as AuditAction | '')}>
            <option value="">{say.admin.anything}</option>
            {actions.map(([key, label]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{say.admin.since}</span>
          <input type="date" min="2000-01-01" max="2999-12-31" value={since} onChange={({ target }) => setSince(target.value)} />
        </label>
      </div>
      <Wrong problem={list.problem} />
      <div className="table" tabIndex={0} role="region" aria-label={say.admin.parts.audit}>
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col">{say.admin.when}</th>
              <th scope="col">{say.admin.what}</th>
              <th scope="col">{say.admin.who}</th>
              <th scope="col">{say.admin.whom}</th>
              <th scope="col">{say.admin.details}</th>
            </tr>
          </thead>
          <tbody>
            {list.nodes?.map(({ number, at, action, actor, actorId, subject, subjectId, address, details, mac }) => (
              <tr key={number}>
                <td title={mac}>{number}</td>
                <td>
                  <time dateTime={at}>{stamp(at, say)}</time>
                </td>
                <td>{say.admin.actions[action]}</td>
                <td>
                  {actor?.displayName ?? (actorId ? say.gone : say.admin.nobody)}
                  {address && <small className="quiet"> {address}</small>}
                </td>
                <td>{subject?.displayName ?? (subjectId ? say.gone : '')}</td>
                <td>
                  <Details of={details} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More {...list} none={say.nothingFound} />
    </>
  );
}

/** Whatever else there is to know, as the server keeps it. */
function Details({ of }: { of: unknown }) {
  const say = useWords();
  const known = Object.entries((of ?? {}) as Record<string, unknown>).filter(
    ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && !value.length),
  );
  return (
    <small>
      {known.map(([name, value]) => (
        <span key={name}>
          {say.admin.facts[name] ?? name}: {told(value, say)}
          <br />
        </span>
      ))}
    </small>
  );
}

const MOMENT = /^\d{4}-\d\d-\d\dT/;

function told(value: unknown, say: Words): string {
  if (typeof value === 'boolean') return value ? say.admin.yes : say.admin.no;
  if (Array.isArray(value)) return value.join(', ');
  const text = String(value);
  return MOMENT.test(text) ? stamp(text, say) : text;
}

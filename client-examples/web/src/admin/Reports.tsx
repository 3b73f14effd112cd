// Messages that somebody, or the list of words, says one should look at.
import { useEffect, useState } from 'react';
import { Button, Label, Radio, RadioGroup } from 'react-aria-components';
import { Link } from 'wouter';
import { useInside } from '../App';
import { HandleReportDocument, ReportsDocument, type FiledFragment, type ReportStatus } from '../api/apart/generated/graphql';
import { stamp } from '../conversation/times';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { Field } from '../ui/Field';
import { Wrong } from '../ui/Wrong';
import { useWords } from './useWords';
import { useListed } from './listed';
import { More } from './More';
import { WordList } from './WordList';

export function Reports() {
  const say = useWords();
  const { chat } = useInside();
  const [status, setStatus] = useState<ReportStatus>('OPEN');
  const list = useListed(ReportsDocument, 'reports', { status, first: 30 });
  const news = useStore(chat.reports);
  const { again } = list;
  useEffect(() => {
    if (news) void again().catch(() => {});
    // Whenever one is filed or handled, by whomever.
    // eslint-disable-next-line
  }, [news]);
  const handle = (id: string, status: ReportStatus, deleteMessage: boolean, note: string) =>
    list.run(async () => {
      const input = { id, status, deleteMessage, note: note.trim() || null };
      await chat.client.mutate({ mutation: HandleReportDocument, variables: { input } });
      await list.again();
    });
  return (
    <>
      <RadioGroup className="choices row" value={status} onChange={(chosen) => setStatus(chosen as ReportStatus)}>
        <Label className="unseen">{say.admin.parts.reports}</Label>
        {(['OPEN', 'RESOLVED', 'DISMISSED'] as const).map((one) => (
          <Radio key={one} value={one}>
            {say.admin.statuses[one]}
          </Radio>
        ))}
      </RadioGroup>
      <Wrong problem={list.problem} />
      <ul className="filed">
        {list.nodes?.map((report) => (
          <Report key={report.id} report={report} busy={list.busy} onHandle={handle} />
        ))}
      </ul>
      <More {...list} none={say.admin.noReports} />
      <WordList />
    </>
  );
}

interface Given {
  report: FiledFragment;
  busy: boolean;
  onHandle: (id: string, status: ReportStatus, deleteMessage: boolean, note: string) => void;
}

function Report({ report, busy, onHandle }: Given) {
  const say = useWords();
  const { author, reporter, reason, body, message, handledBy, createdAt } = report;
  const [note, setNote] = useState('');
  const name = author?.displayName ?? say.gone;
  return (
    <li>
      <Avatar person={author} />
      <div>
        <p>
          <strong>{name}</strong>{' '}
          <small className="quiet">
            {message ? (
              <Link href={`/c/${message.channel.id}`}>{message.channel.name ?? say.people}</Link>
            ) : (
              body && say.admin.elsewhere
            )}{' '}
            · {stamp(createdAt, say)}
          </small>
        </p>
        <blockquote dir="auto">{body || <span className="quiet">{say.deleted}</span>}</blockquote>
        <p>
          {report.byWordList ? say.admin.byWords : say.admin.reportedBy(reporter?.displayName ?? say.gone)}: {reason}
        </p>
        {report.status === 'OPEN' ? (
          <>
            <Field label={say.admin.note} value={note} onChange={setNote} />
            <div className="deeds">
              <Button data-busy={busy || undefined} onPress={() => onHandle(report.id, 'DISMISSED', false, note)}>
                {say.admin.dismiss}
              </Button>
              <Button data-busy={busy || undefined} onPress={() => onHandle(report.id, 'RESOLVED', false, note)}>
                {say.admin.resolve}
              </Button>
              <Button className="grave" data-busy={busy || undefined} onPress={() => onHandle(report.id, 'RESOLVED', true, note)}>
                {say.admin.resolveAndDelete}
              </Button>
            </div>
          </>
        ) : (
          <p className="quiet">
            {say.admin.statuses[report.status]} · {say.admin.by(handledBy?.displayName ?? say.gone)}
            {report.handledAt && ` · ${stamp(report.handledAt, say)}`}
            {report.note && (
              <>
                <br />
                {report.note}
              </>
            )}
          </p>
        )}
      </div>
    </li>
  );
}

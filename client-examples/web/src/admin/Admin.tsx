// Order in the house: for those who keep it.
import { ArrowLeft } from 'lucide-react';
import { useEffect, type ComponentType } from 'react';
import { Link } from 'wouter';
import { useInside } from '../App';
import { useWords } from './useWords';
import { Activity } from './Activity';
import { Audit } from './Audit';
import { Bans } from './Bans';
import { PARTS, type Part } from './parts';
import { People } from './People';
import { Reports } from './Reports';

const VIEWS: Record<Part, ComponentType> = {
  reports: Reports,
  bans: Bans,
  users: People,
  audit: Audit,
  activity: Activity,
};

export function Admin({ part }: { part: Part }) {
  const say = useWords();
  const { me } = useInside();
  const View = VIEWS[part];
  const may = (one: Part) => me.role === 'ADMIN' || me.role === PARTS[one];
  const parts = (Object.keys(PARTS) as Part[]).filter(may);
  useEffect(() => {
    document.title = `${say.admin.parts[part]} · Tertulia`;
  }, [say, part]);
  return (
    <main className="admin" id="conversation" aria-label={say.keepOrder}>
      <header>
        <Link href="/" className="back" aria-label={say.backToList}>
          <ArrowLeft aria-hidden="true" />
        </Link>
        <h1>{say.keepOrder}</h1>
      </header>
      <nav aria-label={say.keepOrder}>
        {parts.map((one) => (
          <Link key={one} href={`/admin/${one}`} aria-current={one === part ? 'page' : undefined}>
            {say.admin.parts[one]}
          </Link>
        ))}
      </nav>
      <section aria-label={say.admin.parts[part]} tabIndex={0}>
        {may(part) ? <View /> : <p className="quiet">{say.admin.notYours}</p>}
      </section>
    </main>
  );
}

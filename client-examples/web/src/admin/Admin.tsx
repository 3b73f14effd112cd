// Order in the house: for those who keep it.
import { ArrowLeft } from 'lucide-react';
import { useEffect, type ComponentType } from 'react';
import { Link } from 'wouter';
import { useInside } from '../App';
import { useWords, type Words } from '../words';
import { Activity } from './Activity';
import { Audit } from './Audit';
import { Bans } from './Bans';
import { People } from './People';
import { Reports } from './Reports';

export type Part = keyof Words['admin']['parts'];

const PARTS: Record<Part, { View: ComponentType; forModerators: boolean }> = {
  reports: { View: Reports, forModerators: true },
  bans: { View: Bans, forModerators: true },
  users: { View: People, forModerators: true },
  audit: { View: Audit, forModerators: false },
  activity: { View: Activity, forModerators: false },
};

export const isPart = (name: string): name is Part => Object.hasOwn(PARTS, name);

export function Admin({ part }: { part: Part }) {
  const say = useWords();
  const { me } = useInside();
  const { View, forModerators } = PARTS[part];
  const parts = (Object.keys(PARTS) as Part[]).filter((one) => me.role === 'ADMIN' || PARTS[one].forModerators);
  useEffect(() => {
    document.title = `${say.admin.parts[part]} · Tertulia`;
  }, [say, part]);
  return (
    <main className="admin" id="conversation" aria-label={say.admin.title}>
      <header>
        <Link href="/" className="back" aria-label={say.backToList}>
          <ArrowLeft aria-hidden="true" />
        </Link>
        <h1>{say.admin.title}</h1>
      </header>
      <nav aria-label={say.admin.title}>
        {parts.map((one) => (
          <Link key={one} href={`/admin/${one}`} aria-current={one === part ? 'page' : undefined}>
            {say.admin.parts[one]}
          </Link>
        ))}
      </nav>
      <section aria-label={say.admin.parts[part]} tabIndex={0}>
        {me.role === 'ADMIN' || (forModerators && me.role === 'MODERATOR') ? (
          <View />
        ) : (
          <p className="quiet">{say.admin.notYours}</p>
        )}
      </section>
    </main>
  );
}

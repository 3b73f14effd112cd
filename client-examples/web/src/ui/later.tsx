// What few look at comes after the page itself.
import { lazy, Suspense, type ComponentType } from 'react';
import { Stumble } from './Stumble';

type Load<Given> = () => Promise<ComponentType<Given>>;

const loads: (() => Promise<unknown>)[] = [];

/** A component that is fetched when it is looked at first, or before. */
export function later<Given extends object>(load: Load<Given>): ComponentType<Given> {
  loads.push(load);
  const Part = lazy(() => load().then((part) => ({ default: part })));
  return function Later(given: Given) {
    return (
      <Stumble>
        <Suspense fallback={null}>
          <Part {...given} />
        </Suspense>
      </Stumble>
    );
  };
}

/** Fetches all of it now, so that it is there when the server is not. */
export function fetchAll(): void {
  for (const load of loads) load().catch(() => undefined);
}

// What is said about calls, beside what is said about all.
import { useMore } from '../words';
import { ofCalls } from './words';

export const useWords = () => useMore(ofCalls);
export type Words = ReturnType<typeof useWords>;

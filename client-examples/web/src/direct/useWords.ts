// What is said about what goes directly, beside what is said about all.
import { useMore } from '../words';
import { ofDirect } from './words';

export const useWords = () => useMore(ofDirect);
export type Words = ReturnType<typeof useWords>;

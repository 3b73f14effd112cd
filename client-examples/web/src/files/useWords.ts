// What is said about files, beside what is said about all.
import { useMore } from '../words';
import { ofFiles } from './words';

export const useWords = () => useMore(ofFiles);
export type Words = ReturnType<typeof useWords>;

import { describe, expect, it } from 'vitest';
import { isOld } from '../src/files/fresh';
import { sized } from '../src/files/sized';
import { ofFiles } from '../src/files/words';

describe('files', () => {
  it('says how large they are as people do', () => {
    const said = [0, 1, 999, 1_500, 2_000_000, 3_400_000_000].map((bytes) => sized(bytes, 'en'));
    expect(said).toEqual(['0 bytes', '1 byte', '999 bytes', '1.5 kB', '2 MB', '3.4 GB']);
  });

  it('knows when a link may be too old', () => {
    const hour = Math.floor(Date.now() / 3_600_000);
    expect(isOld(`http://there/files/v/${hour}-mark`)).toBe(false);
    expect(isOld(`http://there/files/v/${hour - 2}-mark`)).toBe(true);
    expect(isOld('http://elsewhere/')).toBe(false);
  });

  it('has the same words in each language', () => {
    for (const words of Object.values(ofFiles)) expect(Object.keys(words)).toEqual(Object.keys(ofFiles.en!));
  });
});

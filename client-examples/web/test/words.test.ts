import { buildSchema, type GraphQLEnumType } from 'graphql';
import { describe, expect, it } from 'vitest';
import schemaText from '../../../schema/schema.graphql?raw';
import { sentence } from '../src/words/sentence';
import { ofOrder } from '../src/admin/words';
import { en } from '../src/words/en';
import { es } from '../src/words/es';

const schema = buildSchema(schemaText);
const codes = (schema.getType('ErrorCode') as GraphQLEnumType).getValues().map(({ name }) => name);

describe.each([en, es])('the words in $language', (say) => {
  it.each(codes)('have a sentence for %s', (code) => {
    expect(Object.keys(say.problems)).toContain(code);
    const told = sentence(say, { code, retryAfter: 3, errorId: 'e1', until: '2026-01-02T03:04:05Z', reason: 'r' });
    expect(told).toMatch(/^\p{Lu}.*[.\w]$/u);
    expect(told).not.toMatch(/undefined|null|NaN/);
    expect(sentence(say, { code })).not.toMatch(/undefined|null|NaN/);
  });

  it('count', () => {
    expect(say.unread(1)).not.toBe(say.unread(2).replace('2', '1'));
    expect(say.unread(1234)).toMatch(/1[.,]?234/);
  });
});

it('are the same in all languages', () => {
  const shape = (words: object): unknown =>
    Object.entries(words).map(([key, value]) =>
      typeof value === 'object' ? [key, shape(value as object)] : [key, typeof value],
    );
  expect(shape(es)).toEqual(shape(en));
  expect(shape(ofOrder.es!)).toEqual(shape(ofOrder.en!));
});

it('speak of a field where the server names one', () => {
  const wrong = { code: 'BAD_USER_INPUT', field: 'username', reason: 'must not mix scripts' };
  expect(sentence(en, wrong)).toBe(en.fields.username);
  expect(sentence(en, { ...wrong, field: 'other' })).toContain('must not mix scripts');
  // At the door a code may be wrong where the password was right.
  expect(sentence(en, { code: 'UNAUTHENTICATED', field: 'otp' })).toBe(en.fields.otp);
  expect(sentence(en, { code: 'UNAUTHENTICATED' })).toBe(en.problems.UNAUTHENTICATED!({ code: '' }));
});

it('have words for all that the audit log may say', () => {
  const actions = (schema.getType('AuditAction') as GraphQLEnumType).getValues().map(({ name }) => name);
  expect(Object.keys(ofOrder.en!.actions).sort()).toEqual(actions.sort());
});

// What people write, as elements: HTML in it stays text, and nothing of it is fetched from anywhere.
import { Marked, type Token, type Tokens } from 'marked';
import { Fragment, memo, type ReactNode } from 'react';

const SAFE = /^(https?:|mailto:)/i;
/** Nobody means more than so many quotes in quotes. */
const DEEPEST = 12;

export const Markdown = memo(function Markdown({ text, id }: { text: string; id?: string }) {
  return <div className="prose" id={id}>{blocks(parsed(text), DEEPEST)}</div>;
});

/** More than that is not written for others to read, and keeps their browsers busy. */
const CELLS = 2_000;
/** In characters, in which the ends of all that is stressed in a text are looked for. */
const LOOKED_THROUGH = 600_000;

let lookedThrough = 0;
let drawn = 0;
const TABLE = /^[^\n]*\|[^\n]*\n[ |:-]*-/;
/** `undefined` is no such thing, `false` leaves it to the parser. */
const markdown = new Marked({
  gfm: true,
  breaks: true,
  tokenizer: {
    table: (source) => ((drawn += cells(source)) > CELLS ? undefined : false),
    emStrong: (source) => {
      if (/^[*_]/.test(source)) lookedThrough += source.length;
      return lookedThrough > LOOKED_THROUGH ? undefined : false;
    },
  },
});

/** At most so many cells are in the table with which this begins, if it does. */
function cells(source: string): number {
  if (!TABLE.test(source)) return 0;
  const lines = source.split(/\n[ \t]*\n/, 1)[0]!.split('\n');
  return lines[0]!.split('|').length * lines.length;
}

/** A text that the parser stumbles over is shown as it is. */
function parsed(text: string): Token[] {
  lookedThrough = drawn = 0;
  try {
    return markdown.lexer(text);
  } catch {
    return [{ type: 'text', raw: text, text }];
  }
}

/** In characters: what fits into a line. */
const EXCERPT = 200;

/** The beginning of a text in one line, without what shows how it looks. */
export const plain = (text: string): string =>
  words(parsed(text.slice(0, 4 * EXCERPT)))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, EXCERPT);

const words = (tokens: Token[]): string =>
  tokens
    .map((token) => {
      const below = 'tokens' in token ? token.tokens : 'items' in token ? (token.items as Token[]) : null;
      const ends = token.type === 'paragraph' || token.type === 'list_item' || token.type === 'heading' ? ' ' : '';
      return (below?.length ? words(below) : 'text' in token ? String(token.text) : token.type === 'br' ? ' ' : '') + ends;
    })
    .join('');

const blocks = (tokens: Token[], depth: number): ReactNode =>
  tokens.map((token, at) => <Fragment key={at}>{block(token, depth - 1)}</Fragment>);

function block(token: Token, depth: number): ReactNode {
  if (depth < 0) return token.raw;
  switch (token.type) {
    case 'space':
      return null;
    case 'paragraph':
      return <p dir="auto">{inline(token.tokens, depth)}</p>;
    case 'heading':
      // The page has its own headings; a message is a part of one.
      return (
        <p dir="auto">
          <strong>{token.text ? inline(token.tokens, depth) : token.raw}</strong>
        </p>
      );
    case 'code':
      return (
        <pre tabIndex={0}>
          <code>{token.text}</code>
        </pre>
      );
    case 'blockquote':
      return <blockquote dir="auto">{blocks(token.tokens ?? [], depth)}</blockquote>;
    case 'list':
      return list(token as Tokens.List, depth);
    case 'hr':
      return <hr />;
    case 'table':
      return table(token as Tokens.Table, depth);
    case 'text':
      return token.tokens ? inline(token.tokens, depth) : token.text;
    default:
      return <p dir="auto">{token.raw}</p>;
  }
}

function list({ ordered, start, items }: Tokens.List, depth: number): ReactNode {
  const entries = items.map((item, at) => (
    <li key={at}>
      {item.task && (item.checked ? '☑ ' : '☐ ')}
      {blocks(
        item.tokens.filter(({ type }) => type !== 'checkbox'),
        depth,
      )}
    </li>
  ));
  return ordered ? <ol dir="auto" start={start === '' ? 1 : start}>{entries}</ol> : <ul dir="auto">{entries}</ul>;
}

function table({ header, rows }: Tokens.Table, depth: number): ReactNode {
  return (
    <div className="wide" tabIndex={0}>
      <table dir="auto">
        <thead>
          <tr>
            {header.map((cell, at) => (
              <th key={at}>{inline(cell.tokens, depth)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{inline(cell.tokens, depth)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const inline = (tokens: Token[] | undefined, depth: number): ReactNode =>
  tokens?.map((token, at) => <Fragment key={at}>{span(token, depth - 1)}</Fragment>);

function span(token: Token, depth: number): ReactNode {
  if (depth < 0) return token.raw;
  switch (token.type) {
    case 'strong':
      return <strong>{inline(token.tokens, depth)}</strong>;
    case 'em':
      return <em>{inline(token.tokens, depth)}</em>;
    case 'del':
      return <del>{inline(token.tokens, depth)}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return link(token.href, token.text ? inline(token.tokens, depth) : token.href, token.raw);
    case 'image':
      // Of another host: who looks at a message need not tell it so.
      return link(token.href, token.text || token.href, token.raw);
    case 'escape':
      return token.text;
    case 'text':
      return token.tokens ? inline(token.tokens, depth) : mentions(token.text);
    default:
      return token.raw;
  }
}

/** As far as it is a name: what ends it may end the sentence. */
const MENTION = /(?<![\p{L}\p{N}_.@/-])(@[\p{L}\p{N}_.-]{1,31}[\p{L}\p{N}_])/u;

/** A text in which those stand out who are named. */
function mentions(text: string): ReactNode {
  if (!text.includes('@')) return text;
  return text
    .split(MENTION)
    .map((part, at) => (at % 2 ? <span key={at} className="mention">{part}</span> : part));
}

function link(href: string, shown: ReactNode, raw: string): ReactNode {
  if (!SAFE.test(href)) return raw;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {shown}
    </a>
  );
}

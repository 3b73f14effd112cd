import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Markdown, plain } from '../src/conversation/Markdown';

const shown = (text: string) =>
  renderToStaticMarkup(<Markdown text={text} />)
    .replace(/^<div class="prose">|<\/div>$/g, '')
    .replaceAll(' dir="auto"', '');

describe('what people write', () => {
  it.each([
    ['**strong** and *soft* and ~~gone~~', '<p><strong>strong</strong> and <em>soft</em> and <del>gone</del></p>'],
    ['one\ntwo', '<p>one<br/>two</p>'],
    ['`a<b>`', '<p><code>a&lt;b&gt;</code></p>'],
    ['```js\nx && y\n```', '<pre tabindex="0"><code>x &amp;&amp; y</code></pre>'],
    ['> wise', '<blockquote><p>wise</p></blockquote>'],
    ['3. three\n4. four', '<ol start="3"><li>three</li><li>four</li></ol>'],
    ['# No title', '<p><strong>No title</strong></p>'],
    ['a & b &amp; c', '<p>a &amp; b &amp;amp; c</p>'],
    ['\\*as it is\\*', '<p>*as it is*</p>'],
    ['0. nought', '<ol start="0"><li>nought</li></ol>'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', /<td>1<\/td><td>2<\/td>/],
  ])('%s', (text, html) =>
    html instanceof RegExp ? expect(shown(text)).toMatch(html) : expect(shown(text)).toBe(html),
  );

  it.each(['[10:32]: hello', '[1]: https://example.org', '#', '## ', '[^1]: a note', 'https://example.org'])('swallows nothing of %s', (text) =>
    expect(shown(text).replace(/<[^>]*>/g, '')).toBe(text),
  );

  it('draws no table that is larger than anybody reads', () => {
    const table = `${'|a'.repeat(300)}|\n${'|-'.repeat(300)}|\n${'|\n'.repeat(1100)}`;
    expect(shown(table)).not.toContain('<td');
    expect(shown(table)).toContain('|a|a');
    const small = `${'|a'.repeat(30)}|\n${'|-'.repeat(30)}|\n${'|b|\n'.repeat(55)}`;
    expect(shown(small)).toContain('<td');
    expect(shown(`${small}\n`.repeat(33)).match(/<td/g)!.length).toBeLessThan(2_000);
  });

  it('stresses as much as anybody writes, and not without end', () => {
    expect(shown('**heavy** '.repeat(300)).match(/<strong>/g)).toHaveLength(300);
    const endless = shown('*a* '.repeat(2_000));
    expect(endless).toContain('<em>a</em>');
    expect(endless).toContain('*a* *a*');
  });

  it('links to what can be visited, and to nothing else', () => {
    const attributes = 'target="_blank" rel="noopener noreferrer nofollow"';
    expect(shown('https://example.org/a_b?c=1')).toBe(
      `<p><a href="https://example.org/a_b?c=1" ${attributes}>https://example.org/a_b?c=1</a></p>`,
    );
    for (const address of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '/logout', '//example.org']) {
      expect(shown(`[x](${address})`)).not.toContain('<a');
    }
  });

  it('shows where a link without words leads', () => {
    expect(shown('[](https://example.org/)')).toContain('>https://example.org/</a>');
  });

  it('shows no picture of another host', () => {
    expect(shown('![a cat](https://example.org/cat.png)')).not.toContain('<img');
    expect(shown('![a cat](https://example.org/cat.png)')).toContain('>a cat</a>');
  });

  it.each(['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<a href="javascript:x">x</a>', '<!-- c -->'])(
    'leaves %s as it is',
    (html) => {
      const tags = shown(html).replace(/<\/?p>/g, '');
      expect(tags).not.toMatch(/<(?!br)/);
      expect(tags).toContain('&lt;');
    },
  );

  it.each(['>'.repeat(4000), '- '.repeat(4000), '*'.repeat(8000), '['.repeat(8000), '`'.repeat(7999), '_a'.repeat(4000)])(
    'takes anything',
    (text) => expect(() => shown(text)).not.toThrow(),
  );
});

describe('the beginning of a text in a line', () => {
  it('has the words, and not how they look', () => {
    const text = '# A **bold** [link](https://example.org)\n\n- one\n- `two`\n\n> three';
    expect(plain(text)).toBe('A bold link one two three');
    expect(plain('x'.repeat(5_000))).toHaveLength(200);
    expect(plain('')).toBe('');
  });
});

describe('who is named', () => {
  it('stands out, where it is a name', () => {
    expect(shown('hola @ben, and a@b.c')).toBe(
      '<p>hola <span class="mention">@ben</span>, and <a href="mailto:a@b.c" target="_blank" rel="noopener noreferrer nofollow">a@b.c</a></p>',
    );
    expect(shown('`@ben`')).toBe('<p><code>@ben</code></p>');
    expect(shown('so says @ben.')).toBe('<p>so says <span class="mention">@ben</span>.</p>');
    expect(shown('@a.b-c_')).toBe('<p><span class="mention">@a.b-c_</span></p>');
  });
});

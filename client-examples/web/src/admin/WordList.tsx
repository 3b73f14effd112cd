// Words that have a message in an open channel reported by itself.
import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { Button, Form, Label, TextArea, TextField } from 'react-aria-components';
import { useInside } from '../App';
import { SetWordListDocument, WordListDocument } from '../api/apart/generated/graphql';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from './useWords';

export function WordList() {
  const say = useWords();
  const { chat, me } = useInside();
  const { data, refetch } = useQuery(WordListDocument, { fetchPolicy: 'no-cache' });
  const { busy, problem, run } = useDoing();
  const [text, setText] = useState('');
  const [saved, setSaved] = useState(false);
  const there = data?.wordList;
  useEffect(() => {
    if (there) setText(there.join('\n'));
  }, [there]);
  if (me.role !== 'ADMIN') return null;
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    const words = text.split('\n').map((word) => word.trim()).filter(Boolean);
    setSaved(
      await run(async () => {
        await chat.client.mutate({ mutation: SetWordListDocument, variables: { words } });
        await refetch();
      }),
    );
  };
  return (
    <Form onSubmit={(event) => void save(event)} className="words">
      <TextField
        className="field"
        value={text}
        onChange={(next) => {
          setText(next);
          setSaved(false);
        }}
      >
        <Label>{say.admin.words}</Label>
        <TextArea rows={4} className="react-aria-Input" />
        <small className="quiet">{say.admin.wordsHelp}</small>
      </TextField>
      <Wrong problem={problem} />
      <div className="deeds">
        <span role="status">{saved && say.saved}</span>
        <Button type="submit" data-busy={busy || undefined}>
          {say.save}
        </Button>
      </div>
    </Form>
  );
}

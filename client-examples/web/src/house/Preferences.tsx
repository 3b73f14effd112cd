// What one is called, and how the page looks and speaks.
import { useState } from 'react';
import { Button, Form, Label, Radio, RadioGroup } from 'react-aria-components';
import { useInside } from '../App';
import { theme, wear, type Theme } from '../look/theme';
import { useStore } from '../store';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { languages, sentence, speak, useWords } from '../words';

export function Preferences({ onClose }: { onClose: () => void }) {
  const say = useWords();
  const { me, sessions } = useInside();
  const { busy, problem, run } = useDoing();
  const [name, setName] = useState(me.displayName);
  const [saved, setSaved] = useState(false);
  const worn = useStore(theme);
  const wrong = problem?.field === 'displayName' ? sentence(say, problem) : null;

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setSaved(await run(() => sessions.change({ displayName: name })));
  };
  return (
    <Sheet title={say.preferences} onClose={onClose}>
      <Form onSubmit={(event) => void submit(event)} validationBehavior="aria">
        <Field label={say.displayName} wrong={wrong} value={name} onChange={setName} autoComplete="name" />
        <Wrong problem={wrong ? null : problem} />
        <div className="deeds">
          <span role="status">{saved && !busy && name === me.displayName && say.saved}</span>
          <Button type="submit" className="main" data-busy={busy || undefined} isDisabled={!name.trim() || name === me.displayName}>
            {say.save}
          </Button>
        </div>
      </Form>
      <RadioGroup className="choices row" value={worn} onChange={(chosen) => wear(chosen as Theme)}>
        <Label>{say.theme}</Label>
        {(['system', 'light', 'dark'] as const).map((one) => (
          <Radio key={one} value={one}>
            {say.themes[one]}
          </Radio>
        ))}
      </RadioGroup>
      <RadioGroup className="choices row" value={say.code} onChange={speak}>
        <Label>{say.languageOf}</Label>
        {Object.values(languages).map(({ code, language }) => (
          <Radio key={code} value={code}>
            <span lang={code}>{language}</span>
          </Radio>
        ))}
      </RadioGroup>
    </Sheet>
  );
}

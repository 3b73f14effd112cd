// A labelled field, with what helps and what is wrong told to everybody alike.
import type { ReactNode } from 'react';
import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components';

interface Given extends TextFieldProps {
  label: ReactNode;
  help?: ReactNode;
  wrong?: string | null;
  /** Not a name that begins with a capital, as phones would have it. */
  verbatim?: boolean;
}

export function Field({ label, help, wrong, verbatim, ...given }: Given) {
  return (
    <TextField {...given} className="field" isInvalid={Boolean(wrong)}>
      <Label>{label}</Label>
      <Input {...(verbatim && { autoCapitalize: 'none', autoCorrect: 'off', spellCheck: false })} />
      {help && !wrong && <Text slot="description">{help}</Text>}
      <FieldError>{wrong}</FieldError>
    </TextField>
  );
}

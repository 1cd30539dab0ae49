import { type Composition, faults, speeds } from './Composition.ts';
import { element } from './element.ts';
import { liveDialects } from './LiveDialect.ts';

type Choice = Exclude<keyof Composition, 'operators'>;

interface Options {
  readonly field: Choice;
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

const same = (text: string): readonly [string, string] => [text, text];

const all: readonly Options[] = [
  { field: 'dialect', label: 'Dialect', options: liveDialects.map(({ name, title }) => [name, title]) },
  { field: 'speed', label: 'Speed', options: Object.keys(speeds).map(same) },
  { field: 'fault', label: 'What goes wrong', options: Object.entries(faults) },
  { field: 'where', label: 'Where', options: ['before the first token', 'in the middle'].map(same) },
  { field: 'times', label: 'How often', options: ['once', 'every time'].map(same) },
];

/** Whether a choice changes anything, besides the others. */
const matters = (field: Choice, { fault }: Composition): boolean => {
  if (field === 'where') return fault !== 'none' && fault !== 'too many requests';
  return field !== 'times' || fault !== 'none';
};

/** The lists of what can be chosen besides operators. */
export const choices = (
  composition: Composition,
  changed: (change: Partial<Composition>) => void,
): readonly HTMLElement[] =>
  all.map(({ field, label, options }) => {
    const select = element(
      'select',
      { name: field, disabled: !matters(field, composition), 'data-key': field },
      ...options.map(([value, text]) => element('option', { value, selected: composition[field] === value }, text)),
    );
    select.addEventListener('change', () => {
      changed({ [field]: select.value });
    });
    return element('label', { className: 'live-choice' }, element('span', {}, label), select);
  });

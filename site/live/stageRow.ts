import { element } from './element.ts';
import type { Flow } from './flowOf.ts';

/** A row of the pipeline: what it is, and where its marbles are drawn. */
export interface StageRow {
  readonly row: HTMLElement;
  readonly track: HTMLElement;
}

const row = (...head: readonly (Node | string)[]): StageRow => {
  const track = element('div', { className: 'live-stage-track' });
  return {
    track,
    row: element('li', { className: 'live-stage' }, element('div', { className: 'live-stage-head' }, ...head), track),
  };
};

/** The row of the source, which is always there. */
export const sourceRow = (name: string): StageRow => row(element('code', {}, name));

/** The row of an operator; `act` is told what its buttons ask for. */
export const operatorRow = (
  { operator: { name, about, takes }, gets, fits }: Flow,
  at: number,
  count: number,
  act: (action: 'up' | 'down' | 'remove') => void,
): StageRow => {
  const button = (action: 'up' | 'down' | 'remove', sign: string, label: string, disabled = false) => {
    const made = element(
      'button',
      { type: 'button', disabled, 'aria-label': label, 'data-key': `${name} ${action}` },
      sign,
    );
    made.addEventListener('click', () => {
      act(action);
    });
    return made;
  };
  const made = row(
    element('code', { title: about }, name),
    element(
      'span',
      { className: 'live-buttons' },
      button('up', '↑', `Move ${name} up`, at === 0),
      button('down', '↓', `Move ${name} down`, at === count - 1),
      button('remove', '×', `Remove ${name}`),
    ),
  );
  if (!fits) made.row.append(element('p', { className: 'live-misfit' }, `${name} takes ${takes}, and gets ${gets}.`));
  return made;
};

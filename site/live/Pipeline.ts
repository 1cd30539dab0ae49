import { element } from './element.ts';
import { type Flow, flowOf } from './flowOf.ts';
import { keepFocus } from './keepFocus.ts';
import { liveOperators, operatorNamed } from './LiveOperator.ts';
import { operatorRow, sourceRow, type StageRow } from './stageRow.ts';
import { withOperator } from './withOperator.ts';

const moved = <T>(list: readonly T[], from: number, to: number): readonly T[] => {
  const rest = list.filter((_, at) => at !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
};

/** The rows of the pipeline, and the operators that can be added to it. */
export class Pipeline {
  readonly element = element('div', { className: 'live-pipeline' });
  readonly #changed: (operators: readonly string[]) => void;
  flow: readonly Flow[] = [];
  #rows: readonly StageRow[] = [];

  /** `changed` is told what the operators are to be. */
  constructor(changed: (operators: readonly string[]) => void) {
    this.#changed = changed;
  }

  /** Where the marbles of each stage are drawn, the source first. */
  get tracks(): readonly HTMLElement[] {
    return this.#rows.map(({ track }) => track);
  }

  show(source: string, names: readonly string[]): void {
    const operators = names.map(operatorNamed).filter((operator) => operator !== undefined);
    const tell = (all: readonly { readonly name: string }[]): void => {
      this.#changed(all.map(({ name }) => name));
    };
    this.flow = flowOf(operators);
    this.#rows = [
      sourceRow(source),
      ...this.flow.map((flow, at) =>
        operatorRow(flow, at, operators.length, (action) => {
          if (action === 'remove') tell(operators.filter((_, place) => place !== at));
          else tell(moved(operators, at, at + (action === 'up' ? -1 : 1)));
        }),
      ),
    ];
    const added = liveOperators
      .filter((operator) => !operators.includes(operator))
      .map((operator) => {
        const button = element(
          'button',
          { type: 'button', title: operator.about, 'data-key': `${operator.name} add` },
          `+ ${operator.name}`,
        );
        button.addEventListener('click', () => {
          tell(withOperator(operators, operator));
        });
        return button;
      });
    keepFocus(this.element, () => {
      this.element.replaceChildren(
        element('ol', { className: 'live-stages', 'aria-label': 'Pipeline' }, ...this.#rows.map(({ row }) => row)),
        element('div', { className: 'live-add', role: 'group', 'aria-label': 'Add an operator' }, ...added),
      );
    });
  }
}

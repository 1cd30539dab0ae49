import { drawEvent } from './drawTrack.ts';
import { element } from './element.ts';

const signs = [
  ['next', 'text', 'text'],
  ['next', 'other', 'any other delta'],
  ['next', 'beat', 'heartbeat'],
  ['next', 'retry', 'retry, resume'],
  ['complete', 'other', 'complete'],
  ['error', 'other', 'error'],
  ['unsubscribe', 'other', 'left'],
] as const;

/** What the signs in the rows mean. */
export const legend = (): HTMLElement =>
  element(
    'p',
    { className: 'live-legend' },
    ...signs.map(([type, kind, words]) => {
      const item = element('span');
      const sign = drawEvent({ atMs: 0, type, description: { kind, words } }, 8);
      item.innerHTML = `<svg viewBox="0 7 16 16" aria-hidden="true">${sign}</svg>${words}`;
      return item;
    }),
  );

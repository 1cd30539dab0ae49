import { Subscription } from 'rxjs';

import { choices } from './choices.ts';
import { codeOf, type Snippets } from './codeOf.ts';
import { firstComposition } from './Composition.ts';
import { element } from './element.ts';
import { keepFocus } from './keepFocus.ts';
import { legend } from './legend.ts';
import { liveDialects } from './LiveDialect.ts';
import { Pipeline } from './Pipeline.ts';
import { play, type Playing } from './play.ts';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The page on which a pipeline is composed, run and watched. */
export const livePage = (host: HTMLElement, snippets: Snippets): void => {
  let composition = firstComposition;
  let playing: Playing | undefined;
  let run = Subscription.EMPTY;

  const start = element('button', { type: 'button', className: 'live-start' }, 'Run');
  const stop = element('button', { type: 'button', disabled: true }, 'Stop');
  const status = element('p', { role: 'status', className: 'live-status' });
  const answer = element('div', { className: 'live-answer', role: 'region', 'aria-label': 'Answer' });
  const code = element('code', { className: 'typescript' });
  const copy = element('button', { type: 'button' }, 'Copy');
  const form = element('form', { className: 'live-choices' });
  const pipeline = new Pipeline((operators) => {
    change({ operators });
  });

  const spoken = () => liveDialects.find(({ name }) => name === composition.dialect) ?? liveDialects[0];

  const draw = (): void => {
    if (playing === undefined) return;
    const { recording, nowMs, text } = playing;
    answer.textContent = text;
    pipeline.tracks.forEach((track, row) => {
      track.innerHTML = recording.draw(row, track.clientWidth, nowMs);
    });
  };

  const ended = (how: string): void => {
    run.unsubscribe();
    [start.disabled, stop.disabled] = [false, true];
    if (playing === undefined) return;
    const { nowMs, requests } = playing;
    status.textContent = `${how} (${seconds(nowMs)}, ${requests} request${requests === 1 ? '' : 's'})`;
    draw();
  };

  const left = (why: string): void => {
    playing?.recording.leave(playing.nowMs);
    ended(why);
  };

  const leave = (): void => {
    if (!run.closed) left('Stopped');
  };

  function change(changed: Partial<typeof composition>): void {
    leave();
    composition = { ...composition, ...changed };
    playing = undefined;
    show();
  }

  function show(): void {
    const dialect = spoken();
    if (dialect === undefined) return;
    const source = dialect.dialect.framing === 'sse' ? 'fromSse' : 'fromNdjson';
    keepFocus(form, () => {
      form.replaceChildren(...choices(composition, change));
    });
    pipeline.show(source, composition.operators);
    const fits = pipeline.flow.every((flow) => flow.fits);
    start.disabled = !fits;
    status.textContent = fits ? 'Ready' : 'An operator does not fit where it stands.';
    answer.textContent = '';
    code.textContent = fits ? codeOf(composition, dialect, snippets) : '// An operator does not fit where it stands.';
  }

  start.addEventListener('click', () => {
    const dialect = spoken();
    if (dialect === undefined) return;
    [start.disabled, stop.disabled] = [true, false];
    status.textContent = 'Running';
    stop.focus();
    run = play(composition, dialect, pipeline.flow).subscribe({
      next: (now) => {
        playing = now;
        draw();
      },
      complete: () => {
        if (playing?.ending === undefined) left('Stopped: a run lasts a minute');
        else ended(playing.ending);
      },
    });
  });
  stop.addEventListener('click', () => {
    leave();
    start.focus();
  });
  // Browsers have a clipboard for pages that came over HTTPS, or from this machine.
  copy.hidden = !('clipboard' in navigator);
  copy.addEventListener('click', () => {
    void navigator.clipboard.writeText(code.textContent).then(() => (copy.textContent = 'Copied'));
  });
  new ResizeObserver(draw).observe(pipeline.element);

  host.replaceChildren(
    form,
    element('div', { className: 'live-controls' }, start, stop, status),
    pipeline.element,
    legend(),
    element('h2', {}, 'What it gives'),
    answer,
    element('h2', {}, 'The code'),
    element('div', { className: 'live-code' }, element('pre', { 'aria-label': 'The code' }, code), copy),
  );
  show();
};

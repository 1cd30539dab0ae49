/** Runs in the browser. What is needed after a reload is the id of the answer, and nothing else. */
import { type Observable, Subscription } from 'rxjs';
import { accumulateDelta, bufferForUi, type Delta } from 'rxllm';
import { fromRelay, stopAnswer } from 'rxllm/relay';

const element = <E extends Element>(selector: string): E => document.querySelector<E>(selector) as E;
const [form, question] = [element<HTMLFormElement>('form'), element<HTMLInputElement>('input')];
const [stop, answer] = [element<HTMLButtonElement>('#stop'), element('article')];
const status = element('[role=status]');
let shown = Subscription.EMPTY;

const show = (deltas$: Observable<Delta>, id: string): void => {
  shown.unsubscribe();
  stop.disabled = false;
  status.textContent = 'Answering …';
  const over = (text: string): void => {
    stop.disabled = true;
    status.textContent = text;
  };
  let isWhole = false;
  shown = deltas$.pipe(accumulateDelta(), bufferForUi()).subscribe({
    next: ({ text, ended }) => {
      answer.textContent = text; // text, never HTML: what a model writes is not to be trusted
      isWhole = ended;
    },
    error: (error: Error) => {
      over(error.message);
    },
    complete: () => {
      over(isWhole ? 'The answer is complete.' : 'Stopped.');
    },
  });
  stop.onclick = () => void stopAnswer(`/answers/${id}`).catch((error: Error) => (status.textContent = error.message));
};

form.onsubmit = (event) => {
  event.preventDefault();
  const id = crypto.randomUUID();
  sessionStorage.setItem('answer', id);
  answer.textContent = '';
  show(fromRelay('/answers', { key: id, body: { question: question.value } }), id);
};

const before = sessionStorage.getItem('answer');
if (before !== null) show(fromRelay(`/answers/${before}`), before);

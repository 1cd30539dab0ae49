import { computed, type NgZone, signal, untracked } from '@angular/core';
import { defer, finalize, from, isObservable, Observable, of, switchMap, take } from 'rxjs';

import type { Approval, PendingCall } from '../tools/answerCall.ts';
import type { ChatApproval } from './Chat.ts';
import type { Approver } from './ChatOptions.ts';
import { emittedOutside } from './emittedOutside.ts';

type Word = Approval | 'ask';

const isPromise = (word: unknown): word is PromiseLike<Word> =>
  typeof (word as { then?: unknown } | null | undefined)?.then === 'function';

const wordOf = (approver: Approver, call: PendingCall): Observable<Word> => {
  const word = approver === 'ask' ? approver : approver(call);
  return isObservable(word) || isPromise(word) ? from(word).pipe(take(1)) : of(word);
};

/** Who decides over tool calls, and which of them wait for a person. */
export class ChatApprovals {
  readonly #list = signal<readonly ChatApproval[]>([]);
  readonly #asked = signal(0);
  readonly list = this.#list.asReadonly();
  /** Whether a function is yet to give its word. */
  readonly isAsking = computed(() => this.#asked() > 0);
  readonly #zone: NgZone;

  constructor(zone: NgZone) {
    this.#zone = zone;
  }

  /** The word on a call. Leaving it withdraws the question. */
  decide(approver: Approver, call: PendingCall): Observable<Approval> {
    return defer(() => {
      this.#asked.update((count) => count + 1);
      return wordOf(approver, call);
    }).pipe(
      finalize(() => {
        this.#asked.update((count) => count - 1);
      }),
      switchMap((word) => (word === 'ask' ? this.#ask(call) : of(word))),
      emittedOutside(this.#zone),
    );
  }

  #ask(call: PendingCall): Observable<Approval> {
    return new Observable((out) => {
      const withdraw = (): void => {
        this.#list.update((list) => list.filter((one) => one !== approval));
      };
      const settle = (word: Approval): void => {
        // The tool runs before `next` returns; what it reads is not for the effect that approves.
        untracked(() => {
          withdraw();
          out.next(word);
          out.complete();
        });
      };
      const approval: ChatApproval = {
        ...call,
        approve() {
          settle(true);
        },
        deny(reason) {
          settle({ isApproved: false, reason });
        },
      };
      this.#list.update((list) => [...list, approval]);
      return withdraw;
    });
  }
}

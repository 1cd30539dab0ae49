import type { Delta, StartDelta } from '../deltas/Delta.ts';
import type { FinishReason } from '../deltas/FinishReason.ts';
import { addUsage, mergeUsage, type Usage } from '../deltas/Usage.ts';
import { ApiError } from '../errors/ApiError.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import type { MessageFrame } from '../frames/Frame.ts';
import type { LogOutcome } from '../log/LogOutcome.ts';
import type { FrameWriter } from './Encoder.ts';
import { shownError } from './shownError.ts';
import { UiCallIds } from './UiCallIds.ts';
import type { UiPart } from './UiCalls.ts';
import { UiStep, type UiStepSettings } from './UiStep.ts';

/** What is shown of an answer, and under which id. */
export interface UiMessageSettings extends UiStepSettings {
  readonly messageId: string | undefined;
  readonly hasUsage: boolean;
}

const message = (data: string): MessageFrame => ({ kind: 'message', event: undefined, data, id: undefined });

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool-calls',
  'content-filter': 'content-filter',
  refusal: 'content-filter',
  pause: 'other',
  other: 'other',
};

/** Writes one answer as the parts of a UI message. */
export class UiMessageWriter implements FrameWriter {
  readonly #settings: UiMessageSettings;
  readonly #ids: UiCallIds;
  readonly #usages = new Map<number, Usage>();
  #step: UiStep | undefined;
  #isStepOpen = false;
  #hasEnded = false;
  #isOver = false;
  #frames: MessageFrame[] = [];

  constructor(id: string, settings: UiMessageSettings) {
    this.#settings = settings;
    this.#ids = new UiCallIds(id);
  }

  write(delta: Delta): readonly MessageFrame[] {
    // A message is one answer.
    if (this.#hasEnded || ('choice' in delta && delta.choice !== 0)) return [];
    return this.#written(() => {
      this.#read(delta);
    });
  }

  end(outcome: LogOutcome): readonly MessageFrame[] {
    return this.#written(() => {
      if (!this.#hasEnded && outcome.state !== 'stopped') {
        throw 'error' in outcome ? shownError(outcome.error) : new TruncatedError();
      }
      if (this.#hasEnded) this.#finish();
      else this.#abort((outcome as { readonly reason: string }).reason);
      this.#frames.push(message('[DONE]'));
      this.#isOver = true;
    });
  }

  #written(write: () => void): readonly MessageFrame[] {
    if (this.#isOver) return [];
    try {
      write();
    } catch (error) {
      if (!isStreamError(error)) throw error;
      this.#isOver = true;
      this.#send({ type: 'error', errorText: shownError(error).providerMessage });
    }
    return this.#frames.splice(0);
  }

  #send(...parts: readonly UiPart[]): void {
    for (const part of parts) this.#frames.push(message(JSON.stringify(part)));
  }

  #read(delta: Delta): void {
    switch (delta.type) {
      case 'retry':
      case 'logprobs':
      case 'other':
        return;
      case 'start':
        this.#start(delta);
        return;
      case 'usage': {
        const { index } = this.#step ?? { index: 0 };
        this.#usages.set(index, mergeUsage(this.#usages.get(index), delta.usage));
        return;
      }
      case 'step-end':
        this.#closeStep();
        return;
      case 'end':
        this.#closeStep();
        this.#hasEnded = true;
        return;
      default:
        this.#send(...(this.#step ?? this.#begin(0)).read(delta));
    }
  }

  #start({ step }: StartDelta): void {
    const known = this.#step;
    if (known === undefined || step > known.index) {
      this.#closeStep();
      this.#begin(step);
      return;
    }
    // Only the step that is under way can be taken back.
    if (step < known.index) {
      throw new ApiError({
        message: 'the answer began afresh, and what was shown of it is void',
        code: 'server_error',
      });
    }
    this.#ids.free(step);
    this.#usages.delete(step);
    if (known.hasShown) this.#send({ type: 'reset-step' });
    this.#step = new UiStep(step, this.#settings, this.#ids);
    this.#isStepOpen = true;
  }

  #begin(index: number): UiStep {
    const { messageId } = this.#settings;
    if (!this.#step) this.#send({ type: 'start', ...(messageId !== undefined && { messageId }) });
    this.#send({ type: 'start-step' });
    this.#isStepOpen = true;
    const step = new UiStep(index, this.#settings, this.#ids);
    this.#step = step;
    return step;
  }

  #closeStep(): void {
    if (!this.#step || !this.#isStepOpen) return;
    this.#isStepOpen = false;
    this.#send(...this.#step.close(), { type: 'finish-step' });
  }

  #finish(): void {
    if (!this.#step) this.#begin(0);
    this.#closeStep();
    const finishReason = finishReasons[this.#step?.finishReason ?? 'stop'];
    const total = [...this.#usages.values()].reduce<Usage | undefined>(addUsage, undefined);
    const { raw: _, ...usage } = total ?? { raw: undefined };
    this.#send({
      type: 'finish',
      finishReason,
      ...(this.#settings.hasUsage && total && { messageMetadata: { usage } }),
    });
  }

  #abort(reason: string): void {
    if (this.#step && this.#isStepOpen) this.#send(...this.#step.endStretches(), { type: 'finish-step' });
    // A client that sends results of tools by itself must not take the last step for one that waits to be sent.
    if (this.#step?.hasCalls === true) this.#send({ type: 'start-step' }, { type: 'finish-step' });
    this.#send({ type: 'abort', ...(reason !== '' && { reason }) });
  }
}

import type { Delta } from '../deltas/Delta.ts';
import { encodeResponses } from '../dialects/openai-responses/encodeResponses.ts';
import type { ApiError } from '../errors/ApiError.ts';
import type { Frame } from '../frames/Frame.ts';
import type { PlainWire } from './PlainWriter.ts';

type Item = Readonly<Record<string, unknown>> & { readonly id?: unknown; readonly status?: unknown };

/** A response as it stands in the last event. */
interface ResponseJson extends Readonly<Record<string, unknown>> {
  readonly output: readonly Item[];
}

interface ResponseEvent {
  readonly type: string;
  readonly item?: Item;
  readonly response?: ResponseJson;
}

const eventIn = (frame: Frame | undefined): ResponseEvent | undefined =>
  frame?.kind === 'message' ? (JSON.parse(frame.data) as ResponseEvent) : undefined;

const eventFrame = (event: ResponseEvent & { readonly error?: object }): Frame => ({
  kind: 'message',
  event: event.type,
  // Numbered by whoever knows how many went before.
  data: JSON.stringify({ ...{ type: '', sequence_number: 0 }, ...event }),
  id: undefined,
});

/** The Responses API, with the endings that an answer has which no provider ended. */
export class ResponsesWire implements PlainWire {
  readonly #encode = encodeResponses();
  /** The items that were whole. */
  readonly #done = new Set<unknown>();

  readonly encode = (delta: Delta): readonly Frame[] => {
    const frames = this.#encode(delta);
    for (const frame of frames) {
      if (frame.kind === 'message' && frame.event === 'response.output_item.done') {
        this.#done.add(eventIn(frame)?.item?.id);
      }
    }
    return frames;
  };

  /** The client's own stream ends with this event, and takes the status from the response in it; it knows no event for a stop. */
  readonly stop = (): readonly Frame[] => {
    const frames = this.#encode({ type: 'end' });
    const cut = frames.slice(0, -1).map((frame) => {
      const event = eventIn(frame);
      return event?.item ? eventFrame({ ...event, item: this.#itemAs(event.item, 'incomplete') }) : frame;
    });
    const response = this.#responseAs('cancelled', 'incomplete', eventIn(frames.at(-1)));
    return [...cut, eventFrame({ type: 'response.incomplete', response })];
  };

  /** First what a reader of events looks for, then what the client throws. */
  readonly fail = (error: ApiError, hasStarted: boolean): readonly Frame[] => {
    const { code, providerMessage: message } = error;
    const told = { type: code ?? 'server_error', code: code ?? null, message, param: null };
    const last = eventFrame({ type: 'error', error: told });
    if (!hasStarted) return [last];
    const response = { ...this.#responseAs('failed', 'incomplete'), error: { code: told.type, message } };
    return [eventFrame({ type: 'response.failed', response }), last];
  };

  /** The response as it is while it is made; nothing can be encoded behind that. */
  inProgress(): object {
    return { ...this.#responseAs('in_progress', 'in_progress'), usage: null };
  }

  #responseAs(status: string, itemStatus: string, last = eventIn(this.#encode({ type: 'end' }).at(-1))): ResponseJson {
    const whole = last?.response as ResponseJson;
    const output = whole.output.map((item) => this.#itemAs(item, itemStatus));
    return { ...whole, status, incomplete_details: null, output };
  }

  #itemAs(item: Item, status: string): Item {
    return item.status === undefined || this.#done.has(item.id) ? item : { ...item, status };
  }
}

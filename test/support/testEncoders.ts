import type { Frame } from 'rxllm';
import type { Encoder } from 'rxllm/server';

/** An event of tests: text that can be joined, or something that becomes so many frames. */
export type TestEvent = { readonly text: string } | { readonly frames: number };

export interface TestEncoderOptions {
  readonly resumeBy?: Encoder['resumeBy'];
  readonly canJoin?: boolean;
  readonly canRestart?: boolean;
  readonly endFrames?: number;
}

export const frame = (data: string, event?: string): Frame => ({ kind: 'message', event, data, id: undefined });

/**
 * Writes what it is given such that nothing that is lost, doubled or out of order stays unseen. With `history` and `start` each
 * frame of text is preceded by one that opens it, if it follows on something else, so that a writer has a state.
 */
export const testEncoder = (options: TestEncoderOptions = {}): Encoder<TestEvent> => {
  const { resumeBy = 'place', canJoin = true, canRestart = true, endFrames = 1 } = options;
  return {
    resumeBy,
    writer: () => {
      let isOpen = false;
      let count = 0;
      return {
        write: (event, joined) => {
          if ('frames' in event) {
            const closing = isOpen ? [frame('close')] : [];
            isOpen = false;
            count += joined;
            const many = Array.from({ length: event.frames }, (_, at) => frame(`part ${at}`));
            return [...(resumeBy === 'place' ? [] : closing), ...many];
          }
          const opening = isOpen || resumeBy === 'place' ? [] : [frame(`open ${count}`)];
          isOpen = true;
          count += joined;
          return [...opening, frame(`text ${JSON.stringify(event.text)}`)];
        },
        end: ({ state }) => Array.from({ length: endFrames }, (_, at) => frame(`${state} ${at}`, 'end')),
        ...(canRestart && { restart: () => [frame('again', 'reset')] }),
      };
    },
    ...(canJoin && {
      join: (one: TestEvent, other: TestEvent) =>
        'text' in one && 'text' in other ? { text: one.text + other.text } : undefined,
    }),
  };
};

import type { Delta, PartKind } from '../deltas/Delta.ts';
import type { FinishReason } from '../deltas/FinishReason.ts';
import { type Usage, usageOf } from '../deltas/Usage.ts';

/** Text whole (it is then sent word by word) or in the pieces it is to be sent in. */
type Pieces = string | readonly string[];

export interface AnswerOptions {
  readonly text?: Pieces | undefined;
  readonly reasoning?: Pieces | undefined;
  readonly refusal?: Pieces | undefined;
  readonly toolCalls?:
    readonly { readonly id: string; readonly name: string; readonly arguments: Pieces }[] | undefined;
  /** @defaultValue 'stop', or 'tool-calls' where there are some */
  readonly finishReason?: FinishReason | undefined;
  readonly usage?: Partial<Omit<Usage, 'raw'>> | undefined;
  readonly id?: string | undefined;
  readonly model?: string | undefined;
}

const piecesOf = (pieces: Pieces): readonly string[] =>
  typeof pieces === 'string' ? (pieces.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? []) : pieces;

/**
 * The deltas of a well-formed answer, from `start` to `end`.
 *
 * @example Every text piece is a delta
 * ```ts
 * import { answer } from 'rxllm/testing';
 *
 * answer({ text: ['Hel', 'lo'] }).map(({ type }) => type);
 * // => ['start', 'part-start', 'text', 'text', 'part-end', 'finish', 'end']
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export function answer({
  text,
  reasoning,
  refusal,
  toolCalls = [],
  finishReason = toolCalls.length > 0 ? 'tool-calls' : 'stop',
  usage,
  id = 'answer-1',
  model = 'fake-model',
}: AnswerOptions = {}): readonly Delta[] {
  let count = 0;
  const part = (
    kind: PartKind,
    content: (place: { choice: 0; part: number }) => readonly Delta[],
  ): readonly Delta[] => {
    const place = { choice: 0, part: count } as const;
    count += 1;
    return [{ type: 'part-start', ...place, kind }, ...content(place), { type: 'part-end', ...place }];
  };
  const stretch = (type: 'text' | 'reasoning' | 'refusal', pieces: Pieces | undefined): readonly Delta[] =>
    pieces === undefined
      ? []
      : part(type, (place) => piecesOf(pieces).map((piece) => ({ type, ...place, text: piece })));

  return [
    { type: 'start', id, model, attempt: 1, step: 0 },
    ...stretch('reasoning', reasoning),
    ...stretch('text', text),
    ...stretch('refusal', refusal),
    ...toolCalls.flatMap((call) =>
      part('tool-call', (place) => {
        const head = { type: 'tool-call', ...place, input: 'json', executedBy: 'client' } as const;
        const pieces = piecesOf(call.arguments).map((argumentsText) => ({ ...head, argumentsText }));
        return [{ ...head, id: call.id, name: call.name }, ...pieces];
      }),
    ),
    { type: 'finish', choice: 0, reason: finishReason, raw: finishReason },
    ...(usage === undefined
      ? []
      : [
          {
            type: 'usage',
            usage: usageOf(usage, undefined),
          } as const,
        ]),
    { type: 'end' },
  ];
}

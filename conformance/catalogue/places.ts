import type { Dialect } from '../../src/dialects/Dialect.ts';
import {
  deltasOf,
  type FaultAnswer,
  longText,
  textAndTool,
  textAndTwoTools,
  type Wire,
  wireOf,
} from '../faults/FaultAnswer.ts';
import { hasArgumentsText } from './ConformanceCase.ts';

/** Where in an answer something happens. */
export interface Place {
  /** The last word of a case's id. */
  readonly id: string;
  readonly title: string;
  readonly answer: FaultAnswer;
  /** After how many bytes of the body; `undefined` where a dialect has no such place. */
  readonly bytes: (wire: Wire, dialect: Dialect) => number | undefined;
}

const eventEnding = ({ ends }: Wire, bytes: number): number => ends.findIndex((end) => end >= bytes) - 1;

const middleOf = ({ ends }: Wire, event: number): number =>
  Math.floor(((ends[event] ?? 0) + (ends[event + 1] ?? 0)) / 2);

/** The end of the event before the first token, if there is one. */
const beforeToken = (wire: Wire): number | undefined => wire.ends[eventEnding(wire, wire.firstTokenBytes)] || undefined;

const beforeFinish = (wire: Wire): number | undefined => wire.ends[eventEnding(wire, wire.finishBytes)];

const pieces = longText.pieces.length;

export const places = {
  head: { id: 'at-head', title: 'behind the head, before any byte of the body', answer: longText, bytes: () => 0 },
  start: { id: 'before-token', title: 'before the first token', answer: longText, bytes: beforeToken },
  text: {
    id: 'in-text',
    title: 'between two events of the text',
    answer: longText,
    bytes: (wire) => wire.ends[eventEnding(wire, wire.firstTokenBytes) + Math.floor(pieces / 2)],
  },
  event: {
    id: 'in-event',
    title: 'in the middle of an event of the text',
    answer: longText,
    bytes: (wire) => middleOf(wire, eventEnding(wire, wire.firstTokenBytes) + Math.floor(pieces / 2)),
  },
  arguments: {
    id: 'in-arguments',
    title: "between two events of a tool call's arguments",
    answer: textAndTool,
    bytes: (_wire, dialect) => {
      if (!hasArgumentsText(dialect)) return undefined;
      const calling = wireOf(
        dialect,
        deltasOf(textAndTool).slice(
          0,
          deltasOf(textAndTool).findLastIndex(({ type }) => type === 'tool-call'),
        ),
      );
      return calling.bytes;
    },
  },
  secondCall: {
    id: 'after-a-call',
    title: 'behind the first of two tool calls, before the stop reason',
    answer: textAndTwoTools,
    bytes: (_wire, dialect) => {
      const deltas = deltasOf(textAndTwoTools);
      const secondCall = deltas.findLastIndex((delta) => delta.type === 'part-start');
      return wireOf(dialect, deltas.slice(0, secondCall)).bytes;
    },
  },
  finish: {
    id: 'before-stop-reason',
    title: 'behind the last piece of text, before the stop reason',
    answer: longText,
    bytes: beforeFinish,
  },
  toolFinish: {
    id: 'before-tool-stop-reason',
    title: 'behind the last piece of the tool calls, before the stop reason',
    answer: textAndTwoTools,
    bytes: beforeFinish,
  },
  marker: {
    id: 'before-marker',
    title: 'behind the stop reason, before what ends the stream (`[DONE]`, `message_stop`, usage)',
    answer: longText,
    bytes: (wire) => (wire.finishBytes < wire.bytes - 1 ? wire.finishBytes : undefined),
  },
} as const satisfies Record<string, Place>;

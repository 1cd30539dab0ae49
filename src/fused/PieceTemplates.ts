import type { Delta, TextDelta, ToolCallDelta } from '../deltas/Delta.ts';
import type { Dialect, PiecePlace } from '../dialects/Dialect.ts';
import { FrameTemplate } from './FrameTemplate.ts';

/** A delta that is made of a piece of text and of where it belongs. */
type PieceDelta = TextDelta | ToolCallDelta;

interface Piece {
  readonly place: PiecePlace;
  readonly text: string;
  readonly delta: PieceDelta;
}

const maxTemplates = 4;
/** How many misses there may be, each made up for by a hit. */
const maxCredit = 80;
/** To make one takes about as long as to parse as many frames. */
const costOfTemplate = 20;

/** What differs from any text that a template was cut from. */
const probeText = 'a probe \u00e9\u4e2d';
const probeCount = 7;

/** What may stand before the data of a frame that is nothing else. */
const framePrefix = /^(?:event: [^\r\n]*\n)?data: /;
const frameEnd = '\n\n';

const valueAt = (value: unknown, path: PiecePlace['path']): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

const pieceText = (delta: Delta | undefined): string | undefined => {
  if (delta?.type === 'tool-call') return delta.argumentsText;
  return delta?.type === 'text' || delta?.type === 'reasoning' || delta?.type === 'refusal' ? delta.text : undefined;
};

const withText = (delta: PieceDelta, text: string): PieceDelta => {
  if (delta.type === 'tool-call') return { ...delta, argumentsText: text };
  return { type: delta.type, choice: delta.choice, part: delta.part, text };
};

/**
 * What the frames of one stream look like that bring nothing but another piece of text. Frames that match bring deltas without
 * being parsed, checked and mapped; that the mapper would say the same is promised by `Dialect.pieceOf`.
 */
export class PieceTemplates<Chunk> {
  readonly #dialect: Pick<Dialect<never, Chunk>, 'chunk' | 'pieceOf'>;
  /** The one that was of use last comes first. */
  #templates: readonly FrameTemplate[] = [];
  /** The one that matched a frame last. */
  #matched: FrameTemplate | undefined;
  /** The one that the frame before was of, and what the mapper made of that. */
  #known: { readonly template: FrameTemplate; readonly delta: PieceDelta } | undefined;
  /** What came of the last chunk, if it was a piece. */
  #mapped: Piece | undefined;
  #credit = maxCredit;

  constructor(dialect: Pick<Dialect<never, Chunk>, 'chunk' | 'pieceOf'>) {
    this.#dialect = dialect;
  }

  /** Whether the stream is still worth trying. */
  get isOn(): boolean {
    return this.#credit > 0;
  }

  /** `map`, and it is noted what it was asked and what it said. */
  watched(map: (chunk: Chunk) => readonly Delta[]): (chunk: Chunk) => readonly Delta[] {
    return (chunk) => {
      const deltas = map(chunk);
      const place = deltas.length === 1 ? this.#dialect.pieceOf?.(chunk) : undefined;
      const text = place && valueAt(chunk, place.path);
      const isPiece = typeof text === 'string' && pieceText(deltas[0]) === text;
      this.#mapped = place && isPiece ? { place, text, delta: deltas[0] as PieceDelta } : undefined;
      this.#known = undefined;
      return deltas;
    };
  }

  /** Where the frame at `at` ends, if it is sure what it brings; else -1. */
  match(stream: string, at: number): number {
    const known = this.#known?.template;
    const end = known?.match(stream, at) ?? -1;
    if (end < 0) this.#matched = this.#templates.find((one) => one !== known && one.match(stream, at) >= 0);
    else if (this.#credit < maxCredit) this.#credit += 1;
    return end;
  }

  /** What the frame that matched brings. */
  delta(): Delta {
    const { template, delta } = this.#known as { template: FrameTemplate; delta: PieceDelta };
    return withText(delta, template.text);
  }

  /** Takes note of what became of text that did not match; of a frame by itself, a template is made. */
  learn(text: string, isFrame: boolean): void {
    const mapped = this.#mapped;
    this.#mapped = undefined;
    this.#credit -= 1;
    if (mapped === undefined || !isFrame) return;
    const template = this.#matched?.text === mapped.text ? this.#matched : this.#learned(text, mapped);
    if (template === undefined) return;
    this.#templates = [template, ...this.#templates.filter((one) => one !== template)].slice(0, maxTemplates);
    this.#known = { template, delta: mapped.delta };
  }

  #learned(frame: string, piece: Piece): FrameTemplate | undefined {
    this.#credit -= costOfTemplate;
    return this.#cut(frame, piece);
  }

  /** The template of a frame; `undefined` where it would not do, such as that the codec wants a certain text. */
  #cut(frame: string, { text, place: { path, ignored } }: Piece): FrameTemplate | undefined {
    const prefix = framePrefix.exec(frame)?.[0];
    if (prefix === undefined) return undefined;
    const json = frame.slice(prefix.length, -frameEnd.length);
    if (/[\r\n]/.test(json)) return undefined;
    const cut = FrameTemplate.of(prefix, json, path, ignored);
    if (cut?.template.match(frame, 0) !== frame.length || cut.template.text !== text) return undefined;
    const probe: unknown = JSON.parse(cut.filled(probeText, probeCount));
    if (!this.#dialect.chunk.is(probe)) return undefined;
    const place = this.#dialect.pieceOf?.(probe);
    return place && valueAt(probe, place.path) === probeText ? cut.template : undefined;
  }
}

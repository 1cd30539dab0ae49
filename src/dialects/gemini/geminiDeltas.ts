import type { Delta } from '../../deltas/Delta.ts';
import { filledText } from '../../internal/filledText.ts';
import { CandidateMapper } from './CandidateMapper.ts';
import type { GeminiUsage, GenerateContentResponse } from './codec.ts';
import { isErrorField } from '../isErrorField.ts';
import { othersBut } from '../othersBut.ts';
import { mergeGeminiUsage, usageFromGemini } from './usage.ts';

// Fields that have deltas of their own, or that say nothing about the answer.
const othersInChunk = /* @__PURE__ */ othersBut(
  'candidates promptFeedback usageMetadata modelVersion responseId createTime error',
);

/** What is remembered of one stream from chunk to chunk. */
class GeminiMapper {
  readonly #expectedChoices: number;
  readonly #candidates = new Map<number, CandidateMapper>();
  #usage: GeminiUsage = {};
  #hasStarted = false;

  constructor(expectedChoices: number) {
    this.#expectedChoices = expectedChoices;
  }

  map(chunk: GenerateContentResponse): readonly Delta[] {
    const out: Delta[] = [];
    const failed = isErrorField(chunk.error);
    const candidates = chunk.candidates ?? [];
    if (!failed) othersInChunk(chunk, {}, out);
    candidates.forEach((candidate, position) => {
      // A number that is left out is 0, unless all are.
      const isTaken = candidates.some(({ index }) => index === position);
      this.#candidate(candidate.index ?? (isTaken ? 0 : position)).map(candidate, failed, out);
    });
    if (!failed) this.#feedback(chunk, out);
    if (chunk.usageMetadata) {
      this.#usage = mergeGeminiUsage(this.#usage, chunk.usageMetadata);
      out.push({ type: 'usage', usage: usageFromGemini(this.#usage) });
    }
    return this.#started(chunk, out);
  }

  #started({ responseId, modelVersion, candidates }: GenerateContentResponse, out: readonly Delta[]): readonly Delta[] {
    const isNamed = (filledText(responseId) ?? filledText(modelVersion)) !== undefined || (candidates ?? []).length > 0;
    if (this.#hasStarted || (!isNamed && out.length === 0)) return out;
    this.#hasStarted = true;
    return [{ type: 'start', id: responseId ?? '', model: modelVersion ?? '', attempt: 1, step: 0 }, ...out];
  }

  #candidate(index: number): CandidateMapper {
    const known = this.#candidates.get(index) ?? new CandidateMapper(index);
    this.#candidates.set(index, known);
    return known;
  }

  #feedback({ promptFeedback: feedback, candidates }: GenerateContentResponse, out: Delta[]): void {
    if (!feedback) return;
    const reason = filledText(feedback.blockReason);
    if (reason === undefined || (candidates ?? []).length > 0) {
      out.push({ type: 'other', name: 'promptFeedback', raw: feedback });
      return;
    }
    // No candidate of a prompt that is refused will ever come.
    const expected = Number.isFinite(this.#expectedChoices) ? this.#expectedChoices : 1;
    for (let index = 0; index < expected; index += 1) this.#candidate(index);
    for (const candidate of this.#candidates.values())
      if (!candidate.isFinished) candidate.block(feedback, reason, out);
  }
}

/** Maps the chunks of one stream to deltas, in order. */
export const geminiDeltas = (expectedChoices = 1): ((chunk: GenerateContentResponse) => readonly Delta[]) => {
  const mapper = new GeminiMapper(expectedChoices);
  return (chunk) => mapper.map(chunk);
};

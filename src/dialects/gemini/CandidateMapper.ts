import type { Delta, PartKind } from '../../deltas/Delta.ts';
import { PartWriter } from '../../deltas/PartWriter.ts';
import { filledText } from '../../internal/filledText.ts';
import { citationOf, sourcesOf } from './citations.ts';
import type { GeminiCandidate, GeminiPart, GenerateContentResponse } from './codec.ts';
import { finishReasonOf } from './finishReasons.ts';
import { FunctionCalls } from './FunctionCalls.ts';
import { jsonOf } from '../jsonOf.ts';
import { logprobsFromGemini } from './logprobs.ts';
import { wordSet } from '../../internal/wordSet.ts';
import { othersBut } from '../othersBut.ts';

// Fields that have deltas of their own.
const candidateFields = 'index content finishReason finishMessage citationMetadata logprobsResult';
const othersInCandidate = /* @__PURE__ */ othersBut(candidateFields);
const othersBesideGrounding = /* @__PURE__ */ othersBut(candidateFields, 'groundingMetadata');
/** What a part may be, and its seal. */
const partWords = 'text thought thoughtSignature functionCall executableCode codeExecutionResult toolCall toolResponse';
const partFields = /* @__PURE__ */ wordSet(partWords);
const othersInPart = /* @__PURE__ */ othersBut(partWords);

const isAudio = ({ inlineData, audioTranscription }: GeminiPart): boolean =>
  inlineData?.mimeType?.startsWith('audio/') === true || filledText(audioTranscription?.text) !== undefined;

/** Text, reasoning or audio that comes in pieces. */
interface Stretch {
  readonly kind: PartKind;
  readonly part: number;
  isSealed: boolean;
}

/** What is remembered of one candidate from chunk to chunk. */
export class CandidateMapper {
  readonly #choice: number;
  readonly #parts: PartWriter;
  readonly #calls: FunctionCalls;
  /** The text, reasoning or audio that is under way; once it is sealed, the next piece begins another part. */
  #stretch: Stretch | undefined;
  /** The sources that were told, as JSON: lists of them are sent again, longer. */
  readonly #cited = new Set<string>();
  #audioType = '';
  #isFinished = false;

  constructor(choice: number) {
    this.#choice = choice;
    this.#parts = new PartWriter(choice);
    this.#calls = new FunctionCalls(choice, {
      begin: (out) => this.#begin('tool-call', out),
      end: (part, out) => {
        this.#parts.end(part, out);
      },
    });
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  map(candidate: GeminiCandidate, isFailing: boolean, out: Delta[]): void {
    const { content, groundingMetadata, logprobsResult, finishReason } = candidate;
    const parts = content?.parts ?? [];
    const sources = sourcesOf(candidate);
    // They speak of the text, which calls may follow in the same chunk.
    const citedAt = parts.findLastIndex(({ text, thought }) => typeof text === 'string' && thought !== true);
    parts.forEach((part, at) => {
      this.#part(part, out);
      if (at === citedAt) this.#cite(sources, out);
    });
    if (citedAt < 0) this.#cite(sources, out);
    // Sources by themselves are told already; what ties them to the text is not.
    const hasMore = Object.keys(groundingMetadata ?? {}).some((field) => field !== 'groundingChunks');
    const write = hasMore ? othersInCandidate : othersBesideGrounding;
    write(candidate, { choice: this.#choice }, out);
    const tokens = logprobsResult ? logprobsFromGemini(logprobsResult) : [];
    if (tokens.length > 0) out.push({ type: 'logprobs', choice: this.#choice, content: tokens, refusal: [] });
    const reason = filledText(finishReason);
    if (reason !== undefined && reason !== 'FINISH_REASON_UNSPECIFIED' && !isFailing) {
      this.#finish(reason, candidate, out);
    }
  }

  /** The prompt was refused: the answer ends, whatever there is of it. */
  block(feedback: NonNullable<GenerateContentResponse['promptFeedback']>, raw: string, out: Delta[]): void {
    this.#endAll(out);
    out.push({ type: 'finish', choice: this.#choice, reason: 'content-filter', raw, details: feedback });
  }

  #part(part: GeminiPart, out: Delta[]): void {
    const { text, functionCall, executableCode, codeExecutionResult, toolCall, toolResponse } = part;
    const signature = filledText(part.thoughtSignature);
    if (functionCall) this.#calls.add(functionCall, signature, out);
    else if (executableCode) {
      const { id, ...code } = executableCode;
      this.#serverCall(id, 'code_execution', code, part, out);
    } else if (toolCall) this.#serverCall(toolCall.id, toolCall.toolType ?? '', toolCall.args, part, out);
    else if ((codeExecutionResult ?? toolResponse ?? undefined) !== undefined) this.#whole('tool-result', part, out);
    else if (isAudio(part)) this.#audio(part, out);
    else if (typeof text === 'string' || this.#isBare(part)) this.#text(part, signature, out);
    else this.#whole('other', part, out);
  }

  /** Whether there is nothing to a part but, maybe, its seal. */
  #isBare(part: GeminiPart): boolean {
    return Object.entries(part).every(([name, value]) => partFields.has(name) || value === null || value === undefined);
  }

  #text(part: GeminiPart, signature: string | undefined, out: Delta[]): void {
    const type = part.thought === true ? 'reasoning' : 'text';
    const piece = part.text ?? '';
    if (piece !== '') out.push({ type, choice: this.#choice, part: this.#grow(type, out).part, text: piece });
    if (signature !== undefined) this.#seal(signature, type, out);
    const place = this.#stretch === undefined ? {} : { part: this.#stretch.part };
    othersInPart(part, { choice: this.#choice, ...place }, out);
  }

  /** A seal without text belongs to what is under way. */
  #seal(signature: string, kind: 'text' | 'reasoning', out: Delta[]): void {
    const open = this.#stretch;
    const isFit = open?.isSealed === false && (open.kind === kind || (open.kind === 'reasoning' && kind === 'text'));
    const stretch = isFit ? open : this.#grow(kind, out);
    stretch.isSealed = true;
    out.push({ type: 'signature', choice: this.#choice, part: stretch.part, signature });
  }

  #audio({ inlineData, audioTranscription }: GeminiPart, out: Delta[]): void {
    const { part } = this.#grow('audio', out);
    const place = { choice: this.#choice, part };
    const type = inlineData?.mimeType ?? '';
    if (type !== '' && type !== this.#audioType) {
      this.#audioType = type;
      out.push({ type: 'other', name: 'inlineData.mimeType', ...place, raw: type });
    }
    const data = inlineData?.data ?? undefined;
    const transcript = audioTranscription?.text ?? undefined;
    out.push({ type: 'audio', ...place, id: undefined, data, transcript, expiresAtS: undefined });
  }

  /** A call that Google's server runs itself; it goes back as it came. */
  #serverCall(id: string | null | undefined, name: string, args: unknown, raw: GeminiPart, out: Delta[]): void {
    const part = this.#begin('tool-call', out, { raw });
    const place = { choice: this.#choice, part };
    out.push({
      type: 'tool-call',
      ...place,
      ...(filledText(id) !== undefined && { id: id as string }),
      name,
      ...(args !== undefined && args !== null && { argumentsText: jsonOf(args) }),
      input: 'json',
      executedBy: 'server',
    });
    const signature = filledText(raw.thoughtSignature);
    if (signature !== undefined) out.push({ type: 'signature', ...place, signature });
    this.#parts.end(part, out);
  }

  #whole(kind: 'tool-result' | 'other', raw: GeminiPart, out: Delta[]): void {
    this.#parts.end(this.#begin(kind, out, { raw }), out);
  }

  #cite(sources: readonly unknown[], out: Delta[]): void {
    for (const raw of sources) {
      const json = jsonOf(raw);
      if (this.#cited.has(json)) continue;
      this.#cited.add(json);
      // A seal ends the text, but not what is said of it.
      const { part } = this.#stretch?.kind === 'text' ? this.#stretch : this.#grow('text', out);
      out.push({ type: 'citation', choice: this.#choice, part, citation: citationOf(raw) });
    }
  }

  #finish(raw: string, { finishMessage, safetyRatings }: GeminiCandidate, out: Delta[]): void {
    const hasCalls = this.#calls.any;
    this.#endAll(out);
    const reason = finishReasonOf(raw, hasCalls);
    const details = {
      ...(filledText(finishMessage) !== undefined && { finishMessage }),
      ...(reason === 'content-filter' && (safetyRatings ?? undefined) !== undefined && { safetyRatings }),
    };
    const hasDetails = Object.keys(details).length > 0;
    out.push({ type: 'finish', choice: this.#choice, reason, raw, ...(hasDetails && { details }) });
  }

  #endAll(out: Delta[]): void {
    this.#calls.cut(out);
    this.#parts.endAll(out);
    this.#stretch = undefined;
    this.#isFinished = true;
  }

  #begin(kind: PartKind, out: Delta[], details: { readonly raw?: unknown } = {}): number {
    if (this.#stretch) this.#parts.end(this.#stretch.part, out);
    this.#stretch = undefined;
    return this.#parts.begin(kind, out, details);
  }

  /** The stretch of this kind that is under way; begins one where there is none, or where it is sealed. */
  #grow(kind: 'text' | 'reasoning' | 'audio', out: Delta[]): Stretch {
    if (this.#stretch?.kind === kind && !this.#stretch.isSealed) return this.#stretch;
    const begun = { kind, part: this.#begin(kind, out), isSealed: false };
    this.#stretch = begun;
    return begun;
  }
}

import { joinNeighbours } from '../deltas/joinDeltas.ts';
import type { Encoder } from './Encoder.ts';
import { UiMessageWriter } from './UiMessageWriter.ts';

export interface EncodeUiMessageStreamOptions {
  /**
   * The id of the message that an answer stands in, given the answer's own; `undefined` leaves it to the client. Where the client
   * runs tools and sends their results, the answer goes on in the message that it has. @defaultValue the answer's id
   */
  readonly messageId?: ((id: string) => string | undefined) | undefined;
  /** Whether reasoning is shown. @defaultValue true */
  readonly includeReasoning?: boolean | undefined;
  /** Whether the addresses of citations are shown, as `source-url` parts. @defaultValue true */
  readonly includeSources?: boolean | undefined;
  /** Whether the message's metadata get what the answer cost, as `usage`. @defaultValue false */
  readonly includeUsage?: boolean | undefined;
}

/** Deltas as the AI SDK's UI message stream. */
export const encodeUiMessageStream = ({
  messageId = (id) => id,
  includeReasoning = true,
  includeSources = true,
  includeUsage = false,
}: EncodeUiMessageStreamOptions = {}): Encoder => ({
  headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
  resumeBy: 'start',
  writer: (id) =>
    new UiMessageWriter(id, {
      messageId: messageId(id),
      hasReasoning: includeReasoning,
      hasSources: includeSources,
      hasUsage: includeUsage,
    }),
  join: joinNeighbours,
});

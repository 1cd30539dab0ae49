import type { Part, ToolCall } from '../completions/Completion.ts';
import type { Delta, PartPlace } from '../deltas/Delta.ts';

const runOf = ({ run, id, name }: ToolCall, place: PartPlace): readonly Delta[] => {
  const of = { ...place, id, name };
  switch (run?.status) {
    case 'running':
      return [{ type: 'tool-running', ...of, progress: run.progress }];
    case 'done':
      return [{ type: 'tool-result', ...of, result: run.result }];
    case 'failed':
      return [{ type: 'tool-error', ...of, error: run.error }];
    case undefined:
      return [];
  }
};

const contentOf = (part: Part, place: PartPlace): readonly Delta[] => {
  switch (part.kind) {
    case 'text':
      return [
        { type: 'text', ...place, text: part.text },
        ...part.citations.toArray().map((citation): Delta => ({ type: 'citation', ...place, citation })),
      ];
    case 'reasoning':
    case 'refusal':
      return [{ type: part.kind, ...place, text: part.text }];
    case 'tool-call': {
      const { id, name, argumentsText, input, executedBy } = part;
      return [{ type: 'tool-call', ...place, id, name, argumentsText, input, executedBy }];
    }
    case 'audio': {
      const { id, transcript, expiresAtS } = part;
      return [{ type: 'audio', ...place, id, data: undefined, transcript, expiresAtS }];
    }
    case 'tool-result':
    case 'other':
      return [];
  }
};

/** A part of an answer said anew, as shortly as it can be: its beginning and content, then what became of a call that was run. */
export const partDeltas = (part: Part, place: PartPlace): readonly Delta[] => {
  const redacted = part.kind === 'reasoning' ? part.redacted : undefined;
  const raw = 'raw' in part ? part.raw : undefined;
  const signature = 'signature' in part ? part.signature : undefined;
  return [
    { type: 'part-start', ...place, kind: part.kind, raw, ...(redacted !== undefined && { redacted }) },
    ...contentOf(part, place),
    ...(signature === undefined ? [] : [{ type: 'signature', ...place, signature } as const]),
    ...(part.kind === 'tool-call' ? runOf(part, place) : []),
  ];
};

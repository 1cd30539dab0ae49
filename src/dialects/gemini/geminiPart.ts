import type { Part, ToolCallBase } from '../../completions/Completion.ts';

/** What a tool call needs to have so that it can be sent. */
export type SentCall = Pick<
  ToolCallBase,
  'id' | 'name' | 'argumentsText' | 'input' | 'executedBy' | 'signature' | 'raw'
>;

export const isObject = (raw: unknown): raw is object => typeof raw === 'object' && raw !== null;

const sealOf = (signature: string | undefined): object =>
  signature === undefined ? {} : { thoughtSignature: signature };

/** The arguments as Gemini sends them, as a value; text that is no JSON stays a call that is never whole. */
const argsOf = ({ argumentsText, input }: SentCall): object => {
  if (input === 'text') return { args: { input: argumentsText } };
  if (argumentsText === '') return {};
  try {
    return { args: JSON.parse(argumentsText) as unknown };
  } catch {
    return { willContinue: true };
  }
};

const serverCallOf = (call: SentCall): object => {
  const id = call.id === '' ? {} : { id: call.id };
  const { args = {} } = argsOf(call) as { args?: object };
  return call.name === 'code_execution'
    ? { executableCode: { ...id, ...args } }
    : { toolCall: { ...id, toolType: call.name, args } };
};

/** A tool call as a part of a content. */
export const callPart = (call: SentCall, args = argsOf(call)): object => {
  if (call.executedBy === 'server') {
    return isObject(call.raw) ? call.raw : { ...serverCallOf(call), ...sealOf(call.signature) };
  }
  const id = call.id === '' ? {} : { id: call.id };
  return { functionCall: { ...id, name: call.name, ...args }, ...sealOf(call.signature) };
};

/** The default of Gemini's own voices. */
export const audioType = 'audio/L16;codec=pcm;rate=24000';

/** A stretch of an answer as parts of a content; none for what Gemini has no words for. */
export const geminiPart = (part: Part): readonly object[] => {
  switch (part.kind) {
    case 'text':
    case 'reasoning': {
      const { kind, text, signature } = part;
      if (text === '' && signature === undefined) return [];
      return [{ text, ...(kind === 'reasoning' && { thought: true }), ...sealOf(signature) }];
    }
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'tool-call':
      return [callPart(part)];
    case 'tool-result':
    case 'other':
      return isObject(part.raw) ? [part.raw] : [];
    case 'audio':
      return [
        ...part.data.toArray().map((data) => ({ inlineData: { mimeType: audioType, data } })),
        ...(part.transcript === '' ? [] : [{ audioTranscription: { text: part.transcript } }]),
      ];
  }
};

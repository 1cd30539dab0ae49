import type { GeminiBody } from './gemini.ts';

/** The parts of an instruction in any of the forms that Google's clients and servers take. */
const partsOf = (instruction: unknown): readonly unknown[] => {
  if (instruction === undefined || instruction === null) return [];
  if (typeof instruction === 'string') return [{ text: instruction }];
  if (Array.isArray(instruction)) return instruction.flatMap(partsOf);
  return (instruction as { readonly parts?: readonly unknown[] }).parts ?? [instruction];
};

/** `body` with an instruction behind those that it has, in the spelling that it has them in. */
export const withSystem = (body: GeminiBody, content: object): object => {
  const field = 'system_instruction' in body ? 'system_instruction' : 'systemInstruction';
  return { ...body, [field]: { parts: [...partsOf(body[field]), ...partsOf(content)] } };
};

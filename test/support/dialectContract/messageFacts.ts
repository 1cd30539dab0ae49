import type { PromptMessage } from 'rxllm';

import type { DialectCase } from './DialectCase.ts';
import { frozen } from './Wire.ts';

type Json = Readonly<Record<string, unknown>>;

/** What holds for messages that are put into a body. */
export const messageFacts = (of: DialectCase): void => {
  const { dialect, conversation, baseUrl } = of;
  const body = frozen(structuredClone(of.body));
  const [messagesField = ''] = of.required.slice(-1);
  const { [messagesField]: _, ...bare } = body;
  const withAll = (to: Json, ...messages: readonly PromptMessage[]): Json =>
    messages.reduce((before, message) => dialect.withMessage(before, message) as Json, to);
  const system = (content: PromptMessage['content']): PromptMessage => ({ role: 'system', content });
  const user = (content: PromptMessage['content']): PromptMessage => ({ role: 'user', content });

  describe('its messages', () => {
    it('of a user stand behind those that are there, and leave the body as it was', () => {
      const sent = withAll(body, user('How are you?'), user('Grüße\n"北京" 🌍'));

      expect(conversation(sent)).toEqual([
        ['user', 'Hi'],
        ['user', 'How are you?'],
        ['user', 'Grüße\n"北京" 🌍'],
      ]);
      expect(body).toEqual(of.body);
      expect(dialect.request({ baseUrl, body: sent }).body).toBeDefined();
    });

    it('of the system come before all that is said, in their order', () => {
      const sent = withAll(body, system('Be brief.'), user('How are you?'), system('Be kind.'));

      const firstUser = conversation(sent).findIndex(([role]) => role === 'user');
      const told = conversation(sent).slice(0, firstUser);
      expect(told.map(([role]) => role)).not.toContain('user');
      expect(told.flatMap(([, words]) => words.split('\n\n'))).toEqual(['Be brief.', 'Be kind.']);
      expect(conversation(sent).slice(firstUser)).toEqual([
        ['user', 'Hi'],
        ['user', 'How are you?'],
      ]);
    });

    it('make a body that can be sent of one that has none', () => {
      const sent = withAll(bare, system('Be brief.'), user('Hi'));

      expect(conversation(sent)).toEqual([
        ['system', 'Be brief.'],
        ['user', 'Hi'],
      ]);
      expect(dialect.request({ baseUrl, body: sent }).body).toBeDefined();
    });

    it('may be the provider’s own', () => {
      const { part, whole } = of.ownContent;

      expect(JSON.stringify(withAll(bare, user(whole)))).toContain(JSON.stringify(whole).slice(1, -1));
      expect(conversation(withAll(bare, user(whole))).map(([role]) => role)).toEqual(['user']);
      if (part === undefined) {
        expect(() => withAll(bare, user([whole]))).toThrow('content');
        return;
      }
      expect(withAll(bare, user(part))).toEqual(withAll(bare, user([part])));
      expect(JSON.stringify(withAll(bare, user([part, part])))).toContain(JSON.stringify([part, part]));
      expect(JSON.stringify(withAll(bare, system('Be brief.'), system([part])))).toContain(JSON.stringify(part));
    });

    it('follow an answer, also where that is the first', () => {
      const answered = dialect.nextStep(bare, [{ kind: 'refusal', text: 'Welcome.' }], []) as Json;

      expect(JSON.stringify(withAll(answered, user('Hi')))).toMatch(/Welcome\..*Hi/);
    });
  });
};

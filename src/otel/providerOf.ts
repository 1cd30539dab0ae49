import type { Dialect } from '../dialects/Dialect.ts';

/** Whose API it is: a provider's name as the conventions have it, or the dialect that is spoken. */
export type Provider = string | Pick<Dialect, 'name'>;

/** Where the conventions' name for a provider is another than the dialect's, or that without its `-chat`. */
const providers: Readonly<Record<string, string>> = {
  'openai-responses': 'openai',
  'azure-openai-chat': 'azure.ai.openai',
  'anthropic-messages': 'anthropic',
  gemini: 'gcp.gemini',
  'mistral-chat': 'mistral_ai',
};

/** The value of `gen_ai.provider.name`. */
export const providerOf = (provider: Provider): string => {
  if (typeof provider === 'string') return provider;
  const { name } = provider;
  return Object.hasOwn(providers, name) ? (providers[name] as string) : name.replace(/-chat$/, '');
};

import { InvalidOptionError } from '../../errors/InvalidOptionError.ts';
import { checkOneOf } from '../../internal/checkOneOf.ts';
import type { RequestOptions } from '../Dialect.ts';
import { pathSegment } from '../pathSegment.ts';
import { type ChatDialect, chatPreset } from './chatPreset.ts';
import type { ChatAddress } from './ChatVariant.ts';
import type { ChatCompletionBody } from './openAiChat.ts';

export interface AzureOpenAiChatOptions {
  /**
   * A dated version of the API, such as `2024-10-21`, which has the model in its address; or a word such as `preview`, which
   * the v1 API takes. @defaultValue the v1 API as it is
   */
  readonly apiVersion?: string | undefined;
  /** The name of the deployment, where the dated API's is not `body.model`. */
  readonly deployment?: string | undefined;
  /** How the key is sent: as it is, or as the bearer token that Entra ID gives. @defaultValue 'api-key' */
  readonly auth?: 'api-key' | 'bearer' | undefined;
}

/** Whether `baseUrl` names more than the resource. */
const endsIn = (baseUrl: unknown, path: RegExp): boolean =>
  path.test(
    String(baseUrl)
      .replace(/[?#].*$/s, '')
      .replace(/\/+$/, ''),
  );

/** The part of the address that names a deployment. */
const deploymentPath = (name: string): string => {
  const segment = pathSegment(name);
  if (segment === undefined) throw new InvalidOptionError('deployment', 'must be the name of one');
  return `/openai/deployments/${segment}/chat/completions`;
};

/** The first dated version that takes `stream_options`. */
const firstWithStreamOptions = '2024-09-01';

/**
 * Chat Completions of Azure OpenAI: `baseUrl` is the resource, such as `https://my-resource.openai.azure.com`.
 *
 * With no option it is the v1 API, `/openai/v1/chat/completions`; with a dated `apiVersion` the classic one,
 * `/openai/deployments/{deployment}/chat/completions?api-version=...`. The key goes in `api-key`; with `auth: 'bearer'`
 * `apiKey` is a function that fetches a token, asked anew for every attempt. Filter results come as `other` deltas.
 *
 * - **Errors:** `InvalidOptionError` thrown at the call: a `deployment` without a dated `apiVersion`, an `apiVersion` that is empty
 * - **Source:** Azure OpenAI reference, "Chat completions", v1 and dated
 *
 * @example The classic address
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { azureOpenAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch, requests } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi' }) }] });
 * const azure = azureOpenAiChat({ apiVersion: '2024-10-21' });
 * const body = { model: 'my-gpt', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(azure, { baseUrl: 'http://fake.test', apiKey: 'k', fetch, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi'
 * requests[0]?.url; // => 'http://fake.test/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21'
 * requests[0]?.headers['api-key']; // => 'k'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export function azureOpenAiChat(options: AzureOpenAiChatOptions = {}): ChatDialect {
  const { apiVersion, deployment, auth = 'api-key' } = options;
  checkOneOf('auth', auth, ['api-key', 'bearer']);
  // Callers without types pass all sorts of things, and a variable of the environment that is not set is empty.
  if (apiVersion !== undefined && (typeof apiVersion !== 'string' || apiVersion.trim() === '')) {
    throw new InvalidOptionError(
      'apiVersion',
      'must be a date such as 2024-10-21, or a word; leave it out for the v1 API',
    );
  }
  const isDated = /^\d{4}-\d{2}-\d{2}/.test(apiVersion ?? '');
  if (deployment !== undefined && !isDated) {
    throw new InvalidOptionError('apiVersion', 'must be a date such as 2024-10-21, where a deployment is named');
  }
  /** An address may have a version already, and then knows best. */
  const versionFor = (baseUrl: string): { readonly query?: string } =>
    apiVersion === undefined || /[?&]api-version=/.test(baseUrl)
      ? {}
      : { query: `api-version=${encodeURIComponent(apiVersion)}` };

  const dated = ({ baseUrl, body }: RequestOptions<ChatCompletionBody>): ChatAddress => ({
    path: endsIn(baseUrl, /\/deployments\/[^/]+$/) ? '/chat/completions' : deploymentPath(deployment ?? body.model),
    ...versionFor(baseUrl),
  });
  const v1 = ({ baseUrl }: RequestOptions<ChatCompletionBody>): ChatAddress => ({
    path: endsIn(baseUrl, /\/openai\/v1$/) ? '/chat/completions' : '/openai/v1/chat/completions',
    ...versionFor(baseUrl),
  });

  return chatPreset({
    name: 'azure-openai-chat',
    address: isDated ? dated : v1,
    ...(auth === 'api-key' && { auth: (apiKey) => ({ 'api-key': apiKey }) }),
    ...(isDated && (apiVersion ?? '') < firstWithStreamOptions && { asks: {} }),
  });
}

import { ApiError, HttpError, readApiError } from 'rxllm';

describe('an ApiError', () => {
  it.each([
    // OpenAI and those who speak like it
    ['rate_limit_exceeded', true],
    ['rate_limit_error', true],
    ['insufficient_quota', false],
    ['server_error', true],
    ['internal_server_error', true],
    ['InternalServerError', true],
    ['invalid_request_error', false],
    ['invalid_api_key', false],
    ['model_not_found', false],
    ['context_length_exceeded', false],
    ['billing_hard_limit_reached', false],
    ['content_policy_violation', false],
    ['unsupported_parameter', false],
    ['BadRequestError', false],
    ['engine_overloaded', true],
    ['timeout', true],
    ['request_timeout', true],
    // Anthropic
    ['overloaded_error', true],
    ['api_error', true],
    ['timeout_error', true],
    ['authentication_error', false],
    ['permission_error', false],
    ['billing_error', false],
    ['not_found_error', false],
    ['request_too_large', false],
    // Google
    ['RESOURCE_EXHAUSTED', true],
    ['UNAVAILABLE', true],
    ['INTERNAL', true],
    ['DEADLINE_EXCEEDED', true],
    ['INVALID_ARGUMENT', false],
    ['PERMISSION_DENIED', false],
    ['UNAUTHENTICATED', false],
    ['NOT_FOUND', false],
    ['FAILED_PRECONDITION', false],
    // OpenRouter and gateways
    ['provider_unavailable', true],
    ['provider_overloaded', true],
    ['service_unavailable', true],
    ['too_many_requests', true],
    ['throttling_error', true],
    ['insufficient_credits', false],
    ['payment_required', false],
    ['forbidden', false],
    ['something_else', false],
  ])('with the code %s is retryable: %s', (code, isRetryable) => {
    expect(new ApiError({ message: 'x', code }).isRetryable).toBe(isRetryable);
  });

  it.each([
    [undefined, undefined, false],
    [undefined, 429, true],
    [undefined, 502, true],
    [undefined, 400, false],
    ['insufficient_quota', 429, false],
    ['invalid_request_error', 500, false],
    ['something_else', 503, true],
    ['something_else', 404, false],
  ])('with code %s and status %s is retryable: %s; a code that no waiting mends wins', (code, status, isRetryable) => {
    expect(new ApiError({ message: 'x', code, status }).isRetryable).toBe(isRetryable);
    if (status !== undefined) {
      const apiError = new ApiError({ message: 'x', code });
      expect(new HttpError({ status, url: 'http://host/', apiError }).isRetryable).toBe(isRetryable);
    }
  });

  it('may heal by its code within a stream, while a status that blames the request stands', () => {
    const apiError = new ApiError({ message: 'x', code: 'overloaded_error', status: 400 });

    expect(apiError.isRetryable).toBe(true);
    expect(new HttpError({ status: 400, url: 'http://host/', apiError }).isRetryable).toBe(false);
  });

  it('may be told whether it is', () => {
    expect(new ApiError({ message: 'x', isRetryable: true }).isRetryable).toBe(true);
    expect(new ApiError({ message: 'x', code: 'overloaded_error', isRetryable: false }).isRetryable).toBe(false);
  });

  it('says its code and the provider’s words', () => {
    expect(new ApiError({ message: 'Slow down', code: 'rate_limit_exceeded' })).toMatchObject({
      message: 'rate_limit_exceeded: Slow down',
      providerMessage: 'Slow down',
    });
    expect(new ApiError({ message: 'Slow down' }).message).toBe('Slow down');
  });
});

describe('readApiError', () => {
  it.each<[string, unknown, object]>([
    [
      'OpenAI',
      { error: { message: 'm', type: 'invalid_request_error', param: null, code: 'invalid_api_key' } },
      { code: 'invalid_api_key', providerMessage: 'm' },
    ],
    [
      'OpenAI without a code',
      { error: { message: 'm', type: 'server_error', code: null } },
      { code: 'server_error', status: undefined },
    ],
    [
      'Anthropic',
      { type: 'error', error: { type: 'overloaded_error', message: 'm' }, request_id: 'req_1' },
      { code: 'overloaded_error', requestId: 'req_1' },
    ],
    [
      'Google',
      [{ error: { code: 429, message: 'm', status: 'RESOURCE_EXHAUSTED' } }],
      { code: 'RESOURCE_EXHAUSTED', status: 429 },
    ],
    [
      'OpenRouter',
      { error: { code: 402, message: 'm', metadata: { error_type: 'insufficient_credits' } } },
      { code: 'insufficient_credits', status: 402, isRetryable: false },
    ],
    [
      'OpenRouter, in the words of its provider',
      { error: { code: 502, message: 'm', metadata: { provider_code: 'overloaded' } } },
      { code: 'overloaded', status: 502 },
    ],
    ['Azure', { error: { code: '429', message: 'm' } }, { code: undefined, status: 429, isRetryable: true }],
    [
      'vLLM',
      { object: 'error', message: 'm', type: 'NotFoundError', code: 404 },
      { code: 'NotFoundError', status: 404 },
    ],
    ['Ollama', { error: 'model "x" not found' }, { providerMessage: 'model "x" not found', code: undefined }],
    ['FastAPI', { error: { detail: 'Not Found' } }, { providerMessage: 'Not Found' }],
    [
      'a gateway that nests its words',
      { error: { error: 'Bad gateway', status_code: 502 } },
      { providerMessage: 'Bad gateway', status: 502 },
    ],
    ['an envelope with a type alone', { type: 'error', message: 'm' }, { providerMessage: 'm', code: undefined }],
    ['one without a word', { error: {} }, { providerMessage: 'the provider gave no message' }],
    [
      'one whose message is no text',
      { error: { message: { a: 1 } } },
      { providerMessage: 'the provider gave no message' },
    ],
    [
      'one whose code is out of range',
      { error: { message: 'm', code: 1_013 } },
      { code: undefined, status: undefined },
    ],
  ])('reads the error of %s', (_, json, expected) => {
    const error = readApiError(json);

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject(expected);
  });

  it.each([
    undefined,
    null,
    5,
    'error',
    [],
    [[]],
    {},
    { error: null },
    { error: '' },
    { error: 5 },
    { error: [] },
    { choices: [] },
    [{}, {}],
    { type: 'ping' },
  ])('finds none in %j', (json) => {
    expect(readApiError(json)).toBeUndefined();
  });

  it('survives an array within an array within an array', () => {
    expect(readApiError([[[{ error: 'deep' }]]])).toMatchObject({ providerMessage: 'deep' });
  });
});

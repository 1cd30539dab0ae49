import { redact, secretsIn, withoutSecrets } from '../../src/internal/redact.ts';

describe('secretsIn', () => {
  it('finds a credential with and without its scheme', () => {
    expect(secretsIn({ authorization: 'Bearer sk-12345' })).toEqual(['Bearer sk-12345', 'sk-12345']);
  });

  it.each(['Authorization', 'x-api-key', 'api-key', 'cookie', 'X-Auth-Token', 'x-client-secret', 'x-goog-api-key'])(
    'takes %s for a header with a secret',
    (name) => {
      expect(secretsIn({ [name]: 'abcd1234' })).toContain('abcd1234');
    },
  );

  it.each(['content-type', 'accept', 'anthropic-version', 'user-agent'])('leaves %s alone', (name) => {
    expect(secretsIn({ [name]: 'abcd1234' })).toEqual([]);
  });

  it('leaves out what is too short to be told from other text', () => {
    expect(secretsIn({ 'x-api-key': 'abc' })).toEqual([]);
    expect(secretsIn({ authorization: 'Bearer x' })).toEqual(['Bearer x']);
  });
});

describe('redact', () => {
  it('takes every secret out, everywhere', () => {
    expect(redact('key abcd, again abcd; and wxyz', ['abcd', 'wxyz'])).toBe(
      'key [redacted], again [redacted]; and [redacted]',
    );
  });

  it('leaves text without secrets as it is', () => {
    expect(redact('nothing here', ['abcd'])).toBe('nothing here');
    expect(redact('nothing here', [])).toBe('nothing here');
  });

  it('takes a key out that a server repeats without its scheme', () => {
    const secrets = secretsIn({ authorization: 'Bearer sk-12345' });

    expect(redact('Incorrect API key provided: sk-12345.', secrets)).toBe('Incorrect API key provided: [redacted].');
    expect(redact('got "Bearer sk-12345"', secrets)).toBe('got "[redacted]"');
  });

  it('reads a secret as text, not as a pattern', () => {
    expect(redact('a+b$& and aab', ['a+b$&'])).toBe('[redacted] and aab');
  });

  it('leaves nothing of a secret that begins with another', () => {
    const secrets = secretsIn({ 'x-key': 'abcd', authorization: 'Bearer abcdefgh' });

    expect(redact('key: abcdefgh', secrets)).toBe('key: [redacted]');
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['https://host/v1/chat', 'https://host/v1/chat'],
    ['https://host/v1?key=secret', 'https://host/v1'],
    ['https://host/v1#secret', 'https://host/v1'],
    ['https://host/v1?a=1#b\nc', 'https://host/v1'],
    ['https://user:pass@host/v1', 'https://host/v1'],
    ['https://user@host:8443/v1?x', 'https://host:8443/v1'],
    ['https://host/@user/x', 'https://host/@user/x'],
    ['/v1/chat?key=secret', '/v1/chat'],
    ['//user:pass@host/v1', '//host/v1'],
    // As a `location` header may have it: nobody has encoded the second "@".
    ['https://user:p@ss@host/v1', 'https://host/v1'],
  ])('makes of %j %j', (url, expected) => {
    expect(withoutSecrets(url)).toBe(expected);
  });
});

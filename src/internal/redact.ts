const sensitive = /auth|cookie|key|token|secret/i;

/** Less than this is no credential, but may be a word that the provider's message needs. */
const minSecretChars = 8;

const queryValues = (url: string): readonly string[] => [
  ...new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '').values(),
];

/** What must appear in no message: the credentials in headers, with and without their scheme, and the query's values. */
export const secretsIn = (headers: Readonly<Record<string, string>>, url = ''): readonly string[] =>
  Object.entries(headers)
    .filter(([name]) => sensitive.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\S+\s+/, '')])
    .concat(queryValues(url))
    .filter((secret) => secret.length >= minSecretChars);

/** `text` without any of the secrets; some servers repeat the key they were given. */
export const redact = (text: string, secrets: readonly string[]): string =>
  [...secrets]
    // A secret may begin with another; the longer one goes first, so that nothing of it is left.
    .sort((a, b) => b.length - a.length)
    .reduce((safe, secret) => safe.replaceAll(secret, '[redacted]'), text);

/** Origin and path of an address; queries and user names hold credentials. */
export const withoutSecrets = (url: string): string => url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//');

const sensitive = /authorization|cookie|key|token|secret/i;

/** Header values that must appear in no message: the credentials, with and without their scheme. */
export const secretsIn = (headers: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(headers)
    .filter(([name]) => sensitive.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\S+\s+/, '')])
    .filter((secret) => secret.length >= 4);

/** `text` without any of the secrets; some servers repeat the key they were given. */
export const redact = (text: string, secrets: readonly string[]): string =>
  [...secrets]
    // A secret may begin with another; the longer one goes first, so that nothing of it is left.
    .sort((a, b) => b.length - a.length)
    .reduce((safe, secret) => safe.replaceAll(secret, '[redacted]'), text);

/** Origin and path of an address; queries and user names hold credentials. */
export const withoutSecrets = (url: string): string => url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//');

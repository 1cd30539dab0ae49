import { createHash } from 'node:crypto';

/** A hash, so that how long the look-up takes says nothing of the tokens. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** API_TOKENS has them as `token=user,token=user`. */
const users = new Map(
  (process.env['API_TOKENS'] ?? 'demo-token=demo').split(',').map((entry): [string, string] => {
    const [token = '', user = ''] = entry.split('=');
    return [hashOf(token), user];
  }),
);

/** The user whose token an `authorization` header carries. In your own project this asks whatever knows your users. */
export const bearerUser = (authorization: string | null | undefined): string | undefined => {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '') ?? [];
  return token === undefined ? undefined : users.get(hashOf(token));
};

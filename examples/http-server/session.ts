import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

/** Servers that share a log share this, too; without it, sessions end with the process. */
const secret = process.env['SESSION_SECRET'] ?? randomBytes(32).toString('hex');

const signatureOf = (id: string): Buffer => createHmac('sha256', secret).update(id).digest();

/** The session that a browser's cookie stands for; `undefined` for none, or one that was not signed here. */
export const sessionIn = (cookies: string | null | undefined): string | undefined => {
  const [, id = '', signature = ''] = /(?:^|;\s*)session=([\w-]+)\.([\w-]+)/.exec(cookies ?? '') ?? [];
  const [given, expected] = [Buffer.from(signature, 'base64url'), signatureOf(id)];
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
};

/** The cookie of a new session: kept from scripts, and from requests that other sites make. */
export const newSession = (): string => {
  const id = randomUUID();
  return `session=${id}.${signatureOf(id).toString('base64url')}; Path=/; HttpOnly; SameSite=Strict`;
};

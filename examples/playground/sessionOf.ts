import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const pattern = /(?:^|;\s*)session=([0-9a-f-]{36})(?:;|$)/;

/** Who asks: the browser that was given this session with its first page. */
export const sessionOf = (cookies: string | null | undefined): string | undefined => pattern.exec(cookies ?? '')?.[1];

/** The header that begins a session; none where there is one. Scripts cannot read it, and other sites cannot send it. */
export const sessionCookie = ({ headers }: IncomingMessage): { readonly 'set-cookie'?: string } =>
  sessionOf(headers.cookie) === undefined
    ? { 'set-cookie': `session=${randomUUID()}; Path=/; HttpOnly; SameSite=Strict` }
    : {};

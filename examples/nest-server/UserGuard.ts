import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common';

import { bearerUser } from '../server-parts/bearerUser.ts';

const userOf = (context: ExecutionContext): string | undefined =>
  bearerUser(context.switchToHttp().getRequest<{ headers: { authorization?: string } }>().headers.authorization);

/** Lets nobody in whose token is unknown: 403. */
export class UserGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return userOf(context) !== undefined;
  }
}

/** Whose token the request carries, behind a `UserGuard`. */
export const User = createParamDecorator((_data: unknown, context: ExecutionContext) => userOf(context));

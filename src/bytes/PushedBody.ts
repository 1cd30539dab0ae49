/** A response's body that can hand out what it reads by itself, without a promise for each read. */
export interface PushedBody {
  /** Calls `next` with each slice, as it comes; resolves when the body has ended. Excludes other ways to read it. */
  push(next: (slice: Uint8Array) => void): Promise<void>;
}

export const isPushedBody = (body: object | null): body is PushedBody => body !== null && 'push' in body;

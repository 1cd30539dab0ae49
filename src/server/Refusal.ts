/** Why a request is turned down, as its client is told: in the words of this library, never in those of an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The client's mistake. */
export const badRequest = (message: string, status = 400): Refusal =>
  new Refusal(status, 'invalid_request_error', message);

/** The same words for what was never there, what has expired and what is somebody else's. */
export const noSuchAnswer = (): Refusal => new Refusal(404, 'not_found_error', 'there is no such answer');

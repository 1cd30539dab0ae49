/** A name that nobody else comes up with. (`randomUUID` is there on `https` and on localhost only.) */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

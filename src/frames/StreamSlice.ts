/**
 * What arrives of a stream at one time: bytes in any form, or text. `undefined` is nothing; the types of a response's body make
 * it possible.
 */
export type StreamSlice = ArrayBuffer | ArrayBufferView | string | undefined;

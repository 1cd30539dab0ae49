import type { RecordedBytes } from './Recording.ts';

/** How bytes are written down: as text where a person can read and edit them, else in base64. */
export const recordedBytes = (bytes: Uint8Array): RecordedBytes => {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return { base64: btoa(binary) };
  }
};

/** The bytes that were written down. Throws for what is no base64. */
export const bytesRecorded = (recorded: RecordedBytes): Uint8Array<ArrayBuffer> =>
  'text' in recorded
    ? new TextEncoder().encode(recorded.text)
    : Uint8Array.from(atob(recorded.base64), (char) => char.charCodeAt(0));

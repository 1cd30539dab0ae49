import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

// Each piece is given as soon as it came, and an end that is missing is for those who read the text to notice.
const flushed = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const brotliFlushed = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

const unpackers: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(flushed),
  'x-gzip': () => createGunzip(flushed),
  deflate: () => createInflate(flushed),
  br: () => createBrotliDecompress(brotliFlushed),
};

/** The body of a message without the packing that its `content-encoding` tells of; one that nobody knows fails. */
export const unpacked = (message: IncomingMessage): Readable => {
  const coding = message.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return message;
  const unpacker = unpackers[coding]?.();
  if (!unpacker) {
    message.destroy(new TypeError(`the body is packed in a way that nodeFetch does not know: ${coding}`));
    return message;
  }
  message.on('error', (error) => unpacker.destroy(error));
  unpacker.on('close', () => message.destroy());
  return message.pipe(unpacker);
};

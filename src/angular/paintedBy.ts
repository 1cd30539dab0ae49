import { identity, type MonoTypeOperatorFunction } from 'rxjs';

import { bufferForUi, type BufferForUiOptions } from '../ui/bufferForUi.ts';

/** The operator that an option `paint` asks for. Throws `InvalidOptionError` on a mistake. */
export const paintedBy = <T>(paint: BufferForUiOptions | false = {}): MonoTypeOperatorFunction<T> =>
  paint === false ? identity : bufferForUi(paint);

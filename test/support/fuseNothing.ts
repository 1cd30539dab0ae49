import type { fuseDecoding as Fuse } from '../../src/fused/fuseDecoding.ts';

/** Stands in for the fast path with `RXLLM_FUSED=off`: it is for no dialect. */
export const fuseDecoding: typeof Fuse = () => undefined;

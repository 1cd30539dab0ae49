export { createNodeFetch, type NodeFetchOptions } from './createNodeFetch.ts';
export { nodeFetch } from './nodeFetch.ts';

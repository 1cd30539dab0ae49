/** The part of a response of Node's `http` or `http2` that is used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  /** What HTTP/2 does not tell. */
  readonly destroyed?: boolean | undefined;
  readonly writableEnded?: boolean | undefined;
  readonly req?: { readonly method?: string | undefined } | undefined;
  readonly socket?: { readonly resetAndDestroy?: (() => unknown) | undefined } | null | undefined;
  /** Only of HTTP/2. */
  readonly stream?:
    { readonly destroyed: boolean; readonly rstCode?: number | undefined; close(code: number): unknown } | undefined;
  writeHead(status: number, headers?: Readonly<Record<string, string>>): unknown;
  write(text: string): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  on(event: 'drain' | 'finish' | 'close' | 'error', listener: () => void): unknown;
}

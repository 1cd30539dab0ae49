/** The address below another one, whose query it keeps. */
export const relayUrl = (url: string, segment: string): string => {
  const [, path = '', rest = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  return `${path.replace(/\/+$/, '')}/${segment}${rest}`;
};

/** The last part of an address, which is the id of an answer in that of an answer. */
export const lastSegment = (url: string): string => /([^/]*)\/*$/.exec(url.replace(/[?#].*$/s, ''))?.[1] ?? '';

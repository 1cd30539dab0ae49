/**
 * What an application has loaded before the library. Angular's own packages are compiled when they are imported, unless a
 * build has done so.
 */
export const peersToImport: readonly string[] = [
  '@angular/compiler',
  '@angular/core',
  '@angular/common/http',
  '@opentelemetry/api',
  'rxjs',
];

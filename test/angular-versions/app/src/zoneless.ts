import { provideZonelessChangeDetection } from '@angular/core';

/** What `ng test` of Angular 20 takes as its `providersFile`. */
export default [provideZonelessChangeDetection()];

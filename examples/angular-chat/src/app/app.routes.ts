import type { Routes } from '@angular/router';

import { ChatPage } from './chat/chat-page';

export const routes: Routes = [
  { path: '', component: ChatPage, title: 'Chat · rxllm' },
  {
    path: 'compare',
    loadComponent: async () => (await import('./compare/compare-page')).ComparePage,
    title: 'Compare · rxllm',
  },
  { path: '**', redirectTo: '' },
];

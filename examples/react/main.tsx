import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Chat } from './Chat.tsx';

createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
);

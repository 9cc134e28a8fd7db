import type { Conversation } from '../../agents/conversation/conversation.js';
import type { Reply } from '../../agents/reply.js';
import type { Workplace } from '../../agents/workplace.js';

/** What slash commands and completion see of a sitting. */
export interface Desk {
  readonly conversation: Conversation;
  readonly workplace: Workplace;
  /** Folder the person stands in. */
  readonly cwd: string;
  /** The terminal makes links of paths. */
  readonly links: boolean;
  print(text: string): void;
  show(reply: Reply): void;
  say(text: string): Promise<void>;
  explain(): Promise<void>;
  setFolder(name: 'data' | 'out', folder: string): void;
  showModel(): Promise<void>;
  showCost(): Promise<void>;
  conversationNames(): string[];
  conversations(name: string): void;
  leave(): void;
}

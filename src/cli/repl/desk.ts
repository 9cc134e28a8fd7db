import type { Conversation } from '../../agents/conversation/conversation.js';
import type { Reply } from '../../agents/reply.js';
import type { Workplace } from '../../agents/workplace.js';
import type { Io } from '../io.js';

/** What slash commands and completion see of a sitting. */
export interface Desk {
  readonly conversation: Conversation;
  readonly workplace: Workplace;
  /** Folder the person stands in. */
  readonly cwd: string;
  /** The terminal makes links of paths. */
  readonly links: boolean;
  /** Prints above the line that is being typed. */
  readonly io: Io;
  print(text: string): void;
  show(reply: Reply): void;
  say(text: string): Promise<void>;
  setFolder(name: 'data' | 'out', folder: string): void;
  conversationNames(): string[];
  conversations(name: string): void;
  leave(): void;
}

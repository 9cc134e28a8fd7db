import type { Conversation } from '../../agents/conversation/conversation.js';
import type { PictureProtocol } from '../../config/terminal.js';
import type { Reply } from '../../agents/reply.js';
import type { Workplace } from '../../agents/workplace.js';
import type { Io } from '../io.js';

/** What slash commands and completion see of a sitting. */
export interface Desk {
  readonly conversation: Conversation;
  readonly workplace: Workplace;
  /** Folder the person stands in. */
  readonly cwd: string;
  /** How the terminal takes pictures. */
  readonly pictures: PictureProtocol;
  /** In character cells, as it is now. */
  readonly screen: { readonly columns: number; readonly rows: number };
  /** Prints above the line that is being typed. */
  readonly io: Io;
  print(text: string): void;
  /** Sends the sequences of a picture as they are. */
  draw(sequences: string): void;
  show(reply: Reply): void;
  /** With `rules`, no model is asked. */
  say(text: string, by?: 'rules'): Promise<void>;
  setFolder(name: 'data' | 'out', folder: string): void;
  conversationNames(): string[];
  conversations(name: string): void;
  leave(): void;
}

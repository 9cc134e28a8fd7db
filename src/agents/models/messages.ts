import {
  AIMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type BaseMessage,
} from '@langchain/core/messages';
import { closeToolCalls, type ModelMessage } from '../model.js';

/**
 * The conversation in LangChain's form. Open tool calls are closed first, and empty assistant messages left out:
 * providers refuse both.
 */
export function toLangChain(messages: readonly ModelMessage[]): BaseMessage[] {
  return closeToolCalls(messages)
    .filter((message) => message.role !== 'assistant' || message.text !== '' || message.toolCalls?.length)
    .map(convert);
}

function convert(message: ModelMessage): BaseMessage {
  switch (message.role) {
    case 'system':
      return new SystemMessage(message.text);
    case 'user':
      return new HumanMessage(message.text);
    case 'assistant':
      return new AIMessage({
        content: message.text,
        tool_calls: (message.toolCalls ?? []).map(({ id, name, arguments: args }) => ({
          id,
          name,
          args,
          type: 'tool_call',
        })),
      });
    case 'tool':
      return new ToolMessage({
        content: message.text,
        tool_call_id: message.call,
        name: message.name,
        status: message.failed === true ? 'error' : 'success',
      });
  }
}

import { Type, type Static } from '@sinclair/typebox';
import type { RoomMessage } from '../../domain/room.js';
import { AnyObject, mapOf } from './schemas.js';

export const WireWidget = Type.Object(
  {
    _id: Type.String(),
    parent_entity_id: Type.String(),
    parent_entity_type: Type.String(),
    metadata: AnyObject,
    _lm_meta: Type.Null(),
    created_at: Type.Integer({ description: 'ms since 1970' }),
    updated_at: Type.Integer({ description: 'ms since 1970' }),
  },
  { $id: 'KettleWidget' },
);

export const Widgets = mapOf(WireWidget);

/** The widgets of messages, by their ids. */
export function toWireWidgets(messages: readonly RoomMessage[]): Static<typeof Widgets> {
  const rows = messages.flatMap(({ id, widget }) => (widget === undefined ? [] : [{ id, widget }]));
  return Object.fromEntries(
    rows.map(({ id, widget }) => [
      widget.id,
      {
        _id: widget.id,
        parent_entity_id: String(id),
        parent_entity_type: 'message',
        metadata: widget.metadata,
        _lm_meta: null,
        created_at: widget.createdAtMs,
        updated_at: widget.createdAtMs,
      },
    ]),
  );
}

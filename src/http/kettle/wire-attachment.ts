import { Type, type Static } from '@sinclair/typebox';
import type { Attachment, RoomMessage } from '../../domain/room.js';
import { isObject, type Params } from './parameters.js';
import { AnyObject, nullable, NullableInteger, NullableNumber, NullableText } from './schemas.js';

/**
 * Attachments are kept as their sender wrote them. Here they get the types that the strictest client
 * decodes: one fraction where it wants an integer, and it drops the whole page.
 */
export const WireAttachment = Type.Object(
  {
    id: Type.Integer(),
    answer_id: Type.Integer({ description: 'of the message' }),
    type: Type.String(),
    url: Type.String(),
    file_url: Type.String(),
    name: NullableText,
    thumbnail_url: NullableText,
    index: NullableInteger,
    width: NullableInteger,
    height: NullableInteger,
    meta: nullable(AnyObject),
    location_name: NullableText,
    location_lat: NullableNumber,
    location_long: NullableNumber,
    dimensions: Type.Null(),
    created_at: Type.Integer({ description: 'ms since 1970' }),
  },
  { $id: 'KettleAttachment' },
);

const FALLBACK_TYPE = 'document';

export function toWireAttachments({ id, attachments, createdAtMs }: RoomMessage) {
  return attachments.map((attachment) => toWireAttachment(attachment, { messageId: id, createdAtMs }));
}

function toWireAttachment(
  { id, content }: Attachment,
  { messageId, createdAtMs }: { messageId: number; createdAtMs: number },
): Static<typeof WireAttachment> {
  const url = text(content['url']) ?? text(content['file_url']) ?? '';
  return {
    id,
    answer_id: messageId,
    type: text(content['type']) ?? FALLBACK_TYPE,
    url,
    file_url: url,
    name: text(content['name']),
    thumbnail_url: text(content['thumbnail_url']),
    index: whole(content['index']),
    width: whole(content['width']),
    height: whole(content['height']),
    meta: isObject(content['meta']) ? toMeta(content['meta']) : null,
    location_name: text(content['location_name']),
    location_lat: finite(content['location_lat']),
    location_long: finite(content['location_long']),
    dimensions: null,
    created_at: createdAtMs,
  };
}

/** Of what a client may keep in it, these three are decoded as integers. Durations are in seconds. */
function toMeta(meta: Params): Params {
  const integers = ['size', 'number_of_page', 'duration'].filter((name) => name in meta);
  return { ...meta, ...Object.fromEntries(integers.map((name) => [name, whole(meta[name])])) };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function finite(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function whole(value: unknown): number | null {
  const rounded = Math.round(finite(value) ?? Number.NaN);
  return Number.isSafeInteger(rounded) ? rounded : null;
}

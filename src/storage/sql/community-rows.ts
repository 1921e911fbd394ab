import type { Community } from '../../domain/room.js';

export interface CommunityRow {
  readonly id: number;
  readonly name: string;
  readonly imageUrl: string | null;
  readonly purpose: string | null;
}

export const COMMUNITY_COLUMNS = 'id, name, image_url AS "imageUrl", purpose';

export function toCommunity({ id, name, imageUrl, purpose }: CommunityRow): Community {
  return { id, name, imageUrl: imageUrl ?? undefined, purpose: purpose ?? undefined };
}

import { SYSTEM_UID } from '../../domain/channel.js';
import { AppError } from '../../domain/errors.js';
import type { User } from '../../domain/room.js';
import type { PutUser, SetApiKey, UserQuery } from '../../ports/room-store.js';
import type { CreateCommunity } from '../../ports/store.js';
import { ensureUserId } from './rows.js';
import { get, run, type Steps, values } from './steps.js';
import { toUser, USER_COLUMNS, type UserRow } from './user-rows.js';
import type { WriteTransaction } from './write-transaction.js';

export function* findUser(query: UserQuery): Steps<User | undefined> {
  const key = 'uid' in query ? 'uid' : 'id';
  const [row] = yield* values<UserRow>(
    `SELECT ${USER_COLUMNS} FROM users WHERE community_id = @communityId AND ${key} = @${key}`,
    query,
  );
  return row && toUser(row);
}

export function* putUser(transaction: WriteTransaction, command: PutUser): Steps<User> {
  const { communityId, uid, name, imageUrl, isGuest, isManager } = command;
  const id = yield* ensureUserId(transaction, communityId, uid);
  yield run(
    `UPDATE users SET name = coalesce(@name, name), image_url = coalesce(@imageUrl, image_url),
       is_guest = coalesce(@isGuest, is_guest), is_manager = coalesce(@isManager, is_manager)
     WHERE community_id = @communityId AND id = @id`,
    {
      communityId,
      id,
      name: name ?? null,
      imageUrl: imageUrl ?? null,
      isGuest: toBit(isGuest),
      isManager: toBit(isManager),
    },
  );
  const user = yield* findUser({ communityId, id });
  if (!user) throw new AppError('INTERNAL', `user ${id} is gone`);
  return user;
}

function toBit(flag: boolean | undefined): number | null {
  return flag === undefined ? null : Number(flag);
}

export function* setApiKey(_: WriteTransaction, { communityId, apiKeyHash }: SetApiKey): Steps<void> {
  const owner = yield* get<{ id: number }>('SELECT id FROM communities WHERE api_key_hash = @apiKeyHash', {
    apiKeyHash,
  });
  if (owner && owner.id !== communityId)
    throw new AppError('CONFLICT', 'this is the key of another community');
  yield run('UPDATE communities SET api_key_hash = @apiKeyHash WHERE id = @communityId', {
    communityId,
    apiKeyHash,
  });
}

export function* createCommunity(transaction: WriteTransaction, { name }: CreateCommunity): Steps<number> {
  const { nowMs } = transaction;
  const last = yield* get<{ id: number }>('SELECT max(id) AS id FROM communities', {});
  const id = (last?.id ?? 0) + 1;
  yield run('INSERT INTO communities (id, name, created_at_ms) VALUES (@id, @name, @nowMs)', {
    id,
    name,
    nowMs,
  });
  yield run('INSERT INTO clocks (community_id) VALUES (@id)', { id });
  transaction.startClock(id);
  yield* putUser(transaction, { communityId: id, uid: SYSTEM_UID, name: 'System' });
  return id;
}

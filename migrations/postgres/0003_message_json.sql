-- A message's text in replies of the WuKongIM dialect, built once when it is written (src/domain/message-json.ts).
-- No version without this column has ever written to PostgreSQL, so there is no message that lacks its text.
ALTER TABLE messages ADD COLUMN json TEXT COLLATE "C" NOT NULL DEFAULT '';

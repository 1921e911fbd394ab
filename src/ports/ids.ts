/** Where names that must not repeat come from. */
export interface Ids {
  /** For a message whose sender named none. */
  newClientMsgNo(): string;
  /** For a message that is not stored: below 2^53 and above every id of a stored one. */
  newEphemeralMessageId(): number;
}

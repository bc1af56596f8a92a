/** Text that only the language server can explain: a name of the RMI, RSI or PSCI, a structure, or an FID in hexadecimal. */
const MENTION =
  /\b(?:SMC_)?(?:RMI|RSI|PSCI|SMCCC)_[A-Z]|\b(?:Rmi|Rsi)[A-Z]|\b(?:rmi|rsi|psci)_[a-z]|\b0[xX][cC]40001[5-9a-fA-F][0-9a-fA-F]|\b0[xX][8cC]400000[0-9a-fA-F]\b/;

/** Characters of a file that are looked at. */
export const MENTION_LIMIT = 200_000;

/** Whether a file is worth starting the language server for. */
export const mentionsCca = (text: string): boolean => MENTION.test(text.slice(0, MENTION_LIMIT));
